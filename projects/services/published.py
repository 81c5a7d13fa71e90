"""What the public is shown of an application. Archived as shown, so it is in the language of the law, whoever publishes it."""

from __future__ import annotations

from decimal import Decimal

from django.core.files.base import ContentFile
from django.db.models import F, OuterRef, Subquery

from accounts.models import Attachment, User
from accounts.services.attachments import keep_paper
from office.models import Notice
from projects.models import Project
from projects.states import ProjectState


def notice_title(project: Project) -> str:
    """Return the title of the notice that a project is to be registered."""
    return f"关于“{project.name}”拟予登记的公示"


def notice_text(project: Project) -> str:
    """Return the text of the notice that a project is to be registered."""
    return (
        f"{project.owner.name}申请登记“{project.name}”，受理号 {project.acceptance_no}。经审核，拟予登记，现予公示。\n"
        f"方法学：{project.method}。{_kind(project)}。地点：{project.location}。\n"
        f"计入期：{project.crediting_from} 至 {project.crediting_to}。\n"
        "公示期内，任何单位和个人有异议的，可以书面提出并写明理由和联系方式。"
    )


def application_paper(project: Project, *, by: User) -> Attachment:
    """Keep the application's content as it is published, as a text file; what is personal is not in it."""
    rows = {
        "受理号": project.acceptance_no,
        "项目名称": project.name,
        "项目业主": f"{project.owner.name}（{project.owner.uscc}）",
        "所在区划": project.division.name,
        "项目地点": project.location,
        "机制": f"{project.profile.title} {project.profile.instrument}".strip(),
        "方法学": project.method,
        "规模": _kind(project),
        "发电计量表号": project.meter_no,
        "投运日期": project.commissioned_on,
        "计入期": f"{project.crediting_from} 至 {project.crediting_to}",
        "项目活动和边界": project.description,
        "唯一性": "已声明未在其他机制登记" if project.unique_elsewhere else "未声明",
        "真实性": "已承诺材料真实、完整、有效" if project.truth_promised else "未承诺",
    }
    text = "减排项目登记申请（公示版）\n\n" + "".join(f"{name}：{value}\n" for name, value in rows.items() if value)
    # A byte order mark, because Windows opens a text file without one in another encoding.
    return keep_paper(ContentFile(text.encode("utf-8-sig"), name=f"{project.acceptance_no}-公示版.txt"), by=by)


def follow_notices() -> int:
    """Let the deadline of a project on notice be the last day of its notice, which an outage may have moved; how many did."""
    late = Project.objects.filter(state=ProjectState.PUBLIC_NOTICE, notice__isnull=False).exclude(
        due_on=F("notice__ends_on")
    )
    last_day = Notice.objects.filter(pk=OuterRef("notice_id")).values("ends_on")
    return late.update(due_on=Subquery(last_day))


def _kind(project: Project) -> str:
    if project.scene is not None:
        return f"场景：{project.scene.title}"
    return f"装机容量：{kilowatts(project):f} kW"


def kilowatts(project: Project) -> Decimal:
    """Return the capacity in kW without trailing zeros; 0 for a scene's project."""
    return (project.capacity_kw or Decimal(0)).normalize()

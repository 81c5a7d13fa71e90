"""Reference rows of this app: the scene of shared e-bikes, and in a demo its variant for old rides."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from methodologies.models import Method
from scenarios.models import Scene

VERSION = "EBIKE-1"
TEXT = """\
一、给谁、给什么
您同意您选定的骑行平台（以下称“平台方”）把您在该平台的电动助力单车骑行交给本平台，每次骑行包括：平台方给您的用户号、行程编号、开始和结束时间、里程。\
平台方不向我们提供您的手机号和姓名。平台方的原始文件按原样封存，作为核证的依据，其中可能带有起点和终点的位置；核算和展示只用上述几项。

二、用来做什么
按公布的方法学核算减排量，记入您的个人碳账户；同一次骑行在多个平台出现时只记一次。不用于其他目的，不做信用评价，不出售。

三、减排量归谁
每次骑行形成的减排量归您所有。您授权本平台运营单位代您把已记入的减排量与其他人的合并，向主管部门申报；经核证签发后，由运营单位代为出售。\
出售所得扣除依法应缴的税费和公示的核证、交易费用后，全部按各人的克数返还给参与的人，分到每一分钱都有账可查。\
未被申报的减排量始终留在您的账户里。同一克减排量只用一次，已申报的不再用于捐赠或其他申报。

四、从什么时候起
从您同意的那一刻起。同意之前的骑行不记入，除非场景的说明写明可以追溯、并且您选择了起始日期。

五、怎样撤回
随时可以在“授权”页按一下撤回，和同意一样简单，不需要理由，不影响您使用骑行平台。撤回之后的骑行不再记入；撤回之前已经记入的减排量仍归您所有，\
已经申报的部分不再退出。

六、保存多久
行为记录是减排量的原始凭证，至少保存 10 年。您可以随时导出本平台保存的您的全部数据。注销账户时，姓名、手机号、证件号码立即清除且不能恢复，\
账页保留但不再能认出您。

七、谁负责
本平台的主办和运营单位见页脚。有疑问或认为记录有误，请拨打页脚的电话。
"""

EBIKE: dict[str, Any] = {
    "title": "共享电动助力单车",
    "mode": "EBIKE",
    "input_name": "distance_km",
    "shortest_m": 100,
    "fastest_kmh": 30,
    "late_window_days": 35,
    "history_allowed": False,
    "consent_version": VERSION,
    "consent_text": TEXT,
}
OLD_RIDES = {
    "title": "共享电动助力单车（演示：授权可追溯、补报期长）",
    "history_allowed": True,
    "late_window_days": 3650,
    "consent_version": f"{VERSION}-DEMO",
    "consent_text": TEXT
    + """
八、演示场景的特别说明
本场景只为演示而设：授权可以追溯到您选定的日期，补报期限放宽到 3,650 天；正式的场景不能追溯，补报期限为 35 天。\
演示所用骑行来自美国 ValleyBike（MIT 许可），不是中国的骑行。
""",
}


def seed() -> None:
    """Write the scenes that are missing. A scene that is there stays as it is: people agreed to its text."""
    scenes = {"ebike": EBIKE}
    if settings.DEMO or settings.TESTING:
        scenes["ebike-demo"] = {**EBIKE, **OLD_RIDES}
    method = Method.objects.get(code="QD-2021-004", version=1)
    for code, about in scenes.items():
        Scene.objects.get_or_create(code=code, defaults={"method": method, **about})

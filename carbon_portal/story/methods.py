"""Two methods being made: a company's, before the public after the experts agreed, and an officer's, with a mistake still in it."""

from __future__ import annotations

from typing import Any

from accounts.roles import Role
from carbon_portal.story.world import World, introduce
from methodologies.document.sheet import empty
from methodologies.models import Draft
from methodologies.services import drafting, publishing
from methodologies.states import Verdict

EXPERTS = (
    ("expert-one", "顾析", Role.EXPERT, "9901"),
    ("expert-two", "宋衡", Role.EXPERT, "9901"),
    ("expert-three", "江评", Role.EXPERT, "9901"),
)
OPINION = "公式与依据一致，算例复算无误，适用范围清楚。"
DEMO = "演示数值，不是官方数值"


def make_methods(world: World) -> Draft:
    """Tell of both; return the one before the public."""
    introduce(world, {}, EXPERTS)
    people, company = world.people, world.organisations["owner"]
    author = people["owner-maker"]
    draft = drafting.draft(area="DM", title="公共建筑屋顶太阳能热水", developer=company, by=author)
    draft = drafting.save_draft(draft, sheet=hot_water(), by=author)
    draft = drafting.submit_draft(draft, by=author)
    draft = publishing.accept_draft(draft, by=people["officer"], reason="材料齐全，有推广价值")
    draft = publishing.ask_experts(draft, by=people["reviewer"])
    for row in draft.evaluations.select_related("expert"):
        publishing.evaluate_draft(draft, verdict=Verdict.FIT, by=row.expert, reason=OPINION)
    draft = publishing.put_on_notice(draft, by=people["reviewer"], reason="专家评估论证通过")
    half = drafting.draft(area="DM", title="楼宇节电", by=people["officer"])
    drafting.save_draft(half, sheet=half_written(), by=people["officer"])
    return draft


def hot_water() -> dict[str, Any]:
    """The heat of solar hot water in the place of an electric heater."""
    sheet = empty("", 1, "公共建筑屋顶太阳能热水")
    sheet |= {"source": "开发单位编制，公式为物理关系，系数为演示数值", "evidence": "C"}
    sheet["inputs"] = [
        _input("water_l", "热水用量", "L", "100000"),
        _input("rise_k", "温升", "K", "80"),
        _input("pump_kwh", "循环泵用电", "kWh", "10000"),
    ]
    sheet["parameters"] = [
        {
            "name": "heat",
            "title": "水的比热",
            "unit": "kJ/L/K",
            "value": "4.186",
            "source": "物理常数",
            "evidence": "B",
        },
        {"name": "efficiency", "title": "电热水器热效率", "unit": "1", "value": "0.90", "source": DEMO},
        {"name": "ef_grid", "title": "电力平均排放因子", "unit": "kg/kWh", "value": "0.4364", "source": DEMO},
    ]
    sheet["formula"] = [
        {"name": "heat_kwh", "label": "所供热量", "source": "convert(water_l * rise_k * heat, 'kWh')"},
        {"name": "BE", "label": "基准线排放（电热水器）", "source": "heat_kwh * ef_grid / efficiency"},
        {"name": "PE", "label": "项目排放（循环泵）", "source": "pump_kwh * ef_grid"},
        {"name": "LE", "label": "泄漏", "source": "0"},
        {"name": "ER", "label": "减排量", "source": "BE - PE - LE"},
    ]
    inputs = "water_l=150；rise_k=35；pump_kwh=0.5"
    sheet["examples"] = [{"title": "一天 150 L，温升 35 K", "inputs": inputs, "expected": "2.742", "places": "3"}]
    sheet["text"] |= {
        "applicability": "医院、学校、宾馆等公共建筑新装的屋顶太阳能热水系统，热水另行计量。",
        "baseline": "同样的热水由电热水器供给。",
        "monitoring": "热水表和冷、热水温度每小时记录一次；循环泵用电单独计量。",
        "crediting": "自投运起 10 年。",
        "additionality": "列入正面清单：增量投资无法由节省的电费收回。",
        "declaration": "同一系统的减排量没有、也不会在其他机制申报。",
        "rights": "减排量归系统的产权单位；由合同能源管理公司投资的，按合同约定写明份额。",
    }
    return sheet


def half_written() -> dict[str, Any]:
    """A draft in which kWh meet t/MWh."""
    sheet = empty("", 1, "楼宇节电")
    sheet |= {"source": "本局整理", "result": "t", "scope": "project"}
    sheet["inputs"] = [_input("saved_kwh", "节电量", "kWh", "")]
    sheet["parameters"] = [{"name": "ef_grid", "title": "排放因子", "unit": "t/MWh", "value": "0.4364", "source": DEMO}]
    sheet["formula"] = [{"name": "ER", "label": "减排量", "source": "saved_kwh * ef_grid"}]
    sheet["examples"] = [{"title": "节电一万度", "inputs": "saved_kwh=10000", "expected": "4.364"}]
    return sheet


def _input(name: str, title: str, unit: str, most: str) -> dict[str, str]:
    return {"name": name, "title": title, "kind": "number", "unit": unit, "min": "0", "max": most}

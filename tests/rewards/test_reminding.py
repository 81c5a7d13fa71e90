"""Citizens are reminded once of points and coupons that end within a week, and told once of their share."""

from __future__ import annotations

from accounts.models import User
from carbon_portal.story import World
from kernel import clock
from office.models import Delivery, Message
from rewards.services.proceeds import share_proceeds
from rewards.services.reminding import DAYS_BEFORE, remind_all
from tests.rewards.test_proceeds import KG, pool
from tests.shopping import citizen, coupon, gain, later, operator, shop


def told(who: User) -> list[Message]:
    """Return a citizen's messages of rewards, the oldest first."""
    return list(Message.objects.filter(person=who, template__startswith="rewards.").order_by("pk"))


def test_points_coupons_and_shares_are_told_once_in_the_portal(world: World) -> None:
    made, _code = coupon(world, shop(world))
    who = made.citizen
    gain(world, who, 1_300, months=1)
    assert remind_all() == 0, "nothing ends within a week"
    later(world, days=(made.expires_on - clock.today()).days - DAYS_BEFORE + 2)
    for _night in range(2):
        remind_all()
    found = {one.template: one for one in told(who.user)}
    assert len(told(who.user)) == len(found) == 2
    assert found["rewards.points_end"].subject == "有 1,300 积分快到期"
    assert made.offer.title in found["rewards.coupon_ends"].text
    assert found["rewards.coupon_ends"].link == f"/me/coupons/{made.pk}/"
    other = citizen(world)
    share_proceeds(pool(world, 300), weights={other.pk: KG}, by=operator(world, "operator-2"), key="share")
    for _night in range(2):
        remind_all()
    assert [one.subject for one in told(other.user)] == ["减排收益已分配：3.00 元"]
    assert not Delivery.objects.filter(message__template__startswith="rewards.").exists()

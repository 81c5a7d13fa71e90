"""Addresses of the wallet, the mall and the tills."""

from django.urls import path

from rewards.views import mall, till, wallet

urlpatterns = [
    path("me/points/", wallet.wallet, name="wallet"),
    path("me/mall/", mall.mall, name="mall"),
    path("me/mall/<int:pk>/", mall.item, name="mall-item"),
    path("me/coupons/", mall.mine, name="coupons"),
    path("me/coupons/<int:pk>/", mall.coupon, name="coupon"),
    path("me/coupons/<int:pk>/cancel/", mall.cancel, name="coupon-cancel"),
    path("till/", till.till, name="till"),
    path("till/device/", till.set_up, name="till-device"),
    path("till/uses/<int:pk>/", till.used, name="till-use"),
    path("till/uses/<int:pk>/undo/", till.undo, name="till-undo"),
]

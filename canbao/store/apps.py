"""The one Django app: every table of the register."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "canbao.store"
    label = "store"
    verbose_name = "全民参保登记数据库"
    default_auto_field = "django.db.models.BigAutoField"

"""The second factor of an account: django-otp's device, its secret sealed at rest."""

from __future__ import annotations

from django_otp.plugins.otp_totp.models import TOTPDevice

from canbao.store.sealed import seal, unseal

PURPOSE = "totp"


def sealed_key(secret: bytes) -> str:
    """For the column `key`."""
    return seal(secret, purpose=PURPOSE)


class Totp(TOTPDevice):  # type: ignore[misc]
    """`key` holds the sealed secret in place of the hexadecimal one."""

    class Meta:
        proxy = True
        app_label = "otp_totp"  # theirs in the migrations: ours come before them, for they need our accounts
        verbose_name = "动态口令"

    @property
    def bin_key(self) -> bytes:
        return unseal(str(self.key), purpose=PURPOSE)

"""Who is the same person: names as people type them, and who is logged in at the machine.

A name is what somebody typed, so this keeps honest people from approving their own work by a slip;
it proves nothing. What the operating system says is kept beside it.
"""

from __future__ import annotations

import os

from bot.policy import Policy
from intents.fold import fold
from storage import Row

AND = " + "  # between the makers of a campaign, when texts were added by others


def os_login() -> str:
    """The operating-system user of this process; '' where the system has none."""
    try:
        import pwd
    except ImportError:  # Windows
        return ""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user id without a name, as in some containers
        return f"uid {os.getuid()}"


def same_name(one: str, other: str) -> bool:
    """Whether two names are one but for capitals, spaces, diacritics, points or the alphabet."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(fold(name).split())


def is_maker(row: Row, by: str) -> bool:
    """Whether somebody of this name made the campaign, alone or with others."""
    return any(same_name(by, maker) for maker in str(row["made_by"]).split(AND))


def made_logins(row: Row) -> list[str]:
    """The logins from which a campaign and its texts were made."""
    return [login for login in str(row["made_login"]).split(AND) if login]


def logins_with(row: Row, login: str) -> str:
    """The same and one more, as they are kept."""
    return AND.join(dict.fromkeys([*made_logins(row), *filter(None, [login])]))


def login_refusal(row: Row, login: str, policy: Policy) -> str:
    """Why this login cannot be the second person for a campaign; '' when it can."""
    if not policy.campaign_require_different_login or not login or login not in made_logins(row):
        return ""
    return (
        f"it was made from the login {login} too, and the policy wants another "
        "([campaign] require_different_login)"
    )


def shared_login(row: Row) -> str:
    """The login from which a campaign was both made and approved; '' when there is none."""
    login = str(row["approved_login"])
    return login if login and login in made_logins(row) else ""

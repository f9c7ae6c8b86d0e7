"""Accounts, posts, passwords, sessions: who a person at the keyboard is, and what that person holds today."""

from canbao.services.accounts.posts import Held, actor_of, posts_on

__all__ = ["Held", "actor_of", "posts_on"]

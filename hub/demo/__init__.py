"""The demo: the hub's story on invented people, told over real SFTP, HTTP and signed webhooks."""

from hub.demo.story import tell

__all__ = ["tell"]

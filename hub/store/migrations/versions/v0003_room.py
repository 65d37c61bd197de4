"""Migration 0003: runs `0003_room.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0003_room.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))

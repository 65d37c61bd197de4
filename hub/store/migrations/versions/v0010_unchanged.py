"""Migration 0010: runs `0010_unchanged.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0010_unchanged.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))

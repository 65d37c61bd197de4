"""Migration 0009: runs `0009_registry.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0009_registry.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))

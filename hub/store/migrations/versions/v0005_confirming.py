"""Migration 0005: runs `0005_confirming.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0005_confirming.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))

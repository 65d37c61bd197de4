"""Migration 0006: runs `0006_mllp.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0006_mllp.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))

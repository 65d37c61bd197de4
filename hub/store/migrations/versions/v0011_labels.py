"""Migration 0011: runs `0011_labels.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0011_labels.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))

"""Migration 0014: runs `0014_fhir.sql` beside this folder; forward only."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Run the SQL file."""
    sql = (Path(__file__).parents[1] / "0014_fhir.sql").read_text()
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))

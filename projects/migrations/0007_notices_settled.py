from django.db import migrations


class Migration(migrations.Migration):
    """Notices of cases that have moved on since are settled: their period stays as it was."""

    dependencies = [("projects", "0006_claims_counted_once"), ("office", "0002_notices_as_objects")]

    operations = [
        migrations.RunSQL(
            "UPDATE office_notice SET settled = true FROM projects_project project "
            "WHERE project.notice_id = office_notice.id AND project.state <> 'PUBLIC_NOTICE'",
            migrations.RunSQL.noop,
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_operator_is_demo"),
    ]

    operations = [
        migrations.AddField(
            model_name="operator",
            name="keys",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="The operator's own keys of the board by verb, as far as they differ from the usual ones.",
            ),
        ),
    ]

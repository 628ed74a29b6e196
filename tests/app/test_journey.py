"""The main job, from end to end: an admin makes a user, who gets a mail, sets a password, signs in, and sees what was
granted and nothing else."""

from pathlib import Path

from tests.support.server import add_demo_world, serving
from tests.support.users.journey import look_around, mailed_link, make_user, use_link


async def test_from_the_form_to_the_first_look(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    async with serving(database_url, tmp_path, mail_worker=True) as client:
        user_id = await make_user(client)
        link = await mailed_link(tmp_path, "nora@pear.example")
        await use_link(client, link)
        await look_around(client, user_id)

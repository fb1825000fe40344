"""A Ray that is not there is told before its client tries for minutes."""

import socket
from typing import Any

import pytest

from fullconv.errors import InputError
from fullconv.sweeps.ray_address import check_ray


def launcher(address: str) -> dict[str, Any]:
    return {"ray": {"init": {"address": address}}}


def test_an_address_where_nothing_answers_is_refused_and_one_where_something_does_is_not() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(InputError, match=rf"hydra\.launcher\.ray\.init\.address: no Ray answers at {address}"):
            check_ray(launcher(address))
        listening.listen()
        check_ray(launcher(address))


@pytest.mark.parametrize("settings", [{}, {"n_jobs": 2}, {"ray": {"init": {}}}, launcher("auto"), launcher("local")])
def test_other_launchers_and_addresses_are_rays_own_affair(settings: dict[str, Any]) -> None:
    check_ray(settings)

"""The page of results shows what was measured: goals over three seeds, recipes, times."""

import yaml
from pages import ROOT, cells, result, table

PAGE = (ROOT / "docs" / "understand" / "results.md").read_text()


def test_the_goals_table_is_what_three_seeds_gave() -> None:
    goals = yaml.safe_load((ROOT / "params.yaml").read_text())["goals"]
    measured = result("benchmarks/results/localization.json")
    assert len(measured["seeds"]) == 3
    assert "in scenes, 3 seeds;" in PAGE
    lines = PAGE.splitlines()
    start = lines.index("| scenes | metric | goal | mean | range |") + 2
    shown = [tuple(cells(line)) for line in lines[start : start + sum(map(len, goals.values()))]]
    expected = []
    for name, wanted in goals.items():
        for key, goal in wanted.items():
            one = measured["sets"][name][key]
            row = (f"{goal:g}", f"{one['mean']:.4f}", f"{one['least']:.4f} to {one['most']:.4f}")
            expected.append((name, key.replace("_", " "), *row))
    assert [(scenes.split(":")[0], *rest) for scenes, *rest in shown] == expected


def test_the_recipes_table_is_what_was_measured_and_reaches_the_references() -> None:
    recipes = result("benchmarks/results/recipes.json")
    shown = table(PAGE, "recipe")
    assert set(shown) == set(recipes)
    for name, row in shown.items():
        measured = recipes[name]
        assert row["three seeds"] == ", ".join(f"{value:.4f}" for value in measured["seeds"])
        assert row["mean"] == f"{measured['mean']:.4f}"
        reference = measured["reference"]
        assert row["published single run"] == ("" if reference is None else f"{reference:.4f}")
        assert reference is None or measured["mean"] >= reference - 0.003


def spread(figures: dict[str, float]) -> str:
    return f"{figures['ratio']:.2f}× ({figures['lowest']:.2f} to {figures['highest']:.2f})"


def test_the_times_are_those_measured() -> None:
    shown = {name: row["measured"] for name, row in table(PAGE, "what").items()}
    training = result("benchmarks/results/training.json")
    repro = result("benchmarks/results/repro.json")
    dense = result("benchmarks/results/dense.json")["cases"]["lenet-1000"]["sides"]["default"]
    photo = result("benchmarks/results/photos.json")["sides"]["cell, densify"]
    ours, shifted = (training["comparisons"][key] for key in ("ours / Keras script", "shifted / plain"))
    assert ours["ratio"] <= training["goals"]["ours / Keras script"]
    assert shifted["ratio"] <= training["goals"]["shifted / plain"]
    assert repro["same_lock"]
    assert shown == {
        "an epoch against the plain Keras script": spread(ours),
        "a shifted epoch against a plain one": spread(shifted),
        "the pipeline without located, at one scale, from data to dashboard": f"{repro['first_seconds']:.0f} s",
        "dvc repro with nothing to do": f"{repro['nothing_to_do_seconds']:.1f} s",
        "every window of 1000² pixels, against batches of windows": f"{dense['windows']:.0f}× as fast",
        "the same, against shift-and-stitch": f"{dense['stitch']:.1f}× as fast",
        "EfficientNet-Lite0's map of 1024² pixels, against batches of crops": f"{photo['crops_over']:.0f}× as fast",
        "the same, against the network without its head": f"{photo['over_headless']:.2f}× the time",
    }

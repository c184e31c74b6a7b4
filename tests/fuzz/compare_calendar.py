#!/usr/bin/python3
"""Compares random calendar expressions: what systemd 252 says of them, and what src/unit/values/calendar.hpp does.

Usage: tests/fuzz/compare_calendar.py ANSWERS [COUNT [SEED]]. ANSWERS is the program of tests/support/calendar_answers.cpp (meson's target
`calendar-answers`). Compared are errors, normal forms and the next five elapses, in several local zones, from moments many of which are
beside a change of the clocks. Each difference is printed; the status is 1 if there was one. It needs Debian's package systemd, 252.

With --record FILE, the reference's answers go to FILE, but for most of the errors: so tests/data/calendar-answers.tsv was made (COUNT 540)."""
import datetime
import pathlib
import random
import sys
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import calendar_reference  # noqa: E402

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "UTC", "Europe/Dublin", "Africa/Casablanca",
         "America/Sao_Paulo", "America/Nuuk", "Pacific/Auckland", "Etc/GMT+5", "EST5EDT", "Asia/Tehran", "Antarctica/Troll"]
LOCAL_ZONES = ["", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "Europe/Dublin", "IST",
               "CET-1CEST,M3.5.0,M10.5.0/3"]
WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun Monday tuesday WEDNESDAY thu friday sAt Sunday mon".split()
WORDS = """minutely hourly daily weekly monthly quarterly yearly annually anually semiannually semi-annually biannually bi-annually Daily WEEKLY secondly
fortnightly""".split()
ENDS = ["UTC", "utc", "CET", "CEST", "EST", "edt", "IST", "GMT", "BST", "Nowhere/None", "Europe", "+0530", "+1030", "+11"]
PIECES = ["*", "-", ":", "..", ".", "/", "~", ",", " ", "0", "1", "5", "Mon", "@", "99", "UTC", "  ", "x", "+", "/0", "2147483648", "00"]
LAST_YEAR = 2199


def changes_of(name):
    """The moments, in seconds, at which the clocks of a zone change."""
    try:
        zone = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return []
    offset = lambda moment: datetime.datetime.fromtimestamp(moment, zone).utcoffset()  # noqa: E731
    found, day = [], 86400
    for start in range(0, 2080 * 365 * day - 1970 * 365 * day, 7 * day):
        low, high = start, start + 7 * day
        if offset(low) == offset(high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
        found.append(high)
    return found


def is_undecided(name, answers, start):
    """Whether a clock shows one of the moments twice, both times in the same kind of time: which of the two mktime() finds depends on what
    the process has asked it before."""
    try:
        zone = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    for moment in [str(start)] + [part for answer in answers for part in answer.split("\t")[1:]]:
        if not moment.isdigit() or int(moment) >= 253402300800000000:
            continue
        shown = datetime.datetime.fromtimestamp(int(moment) // 1000000, zone)
        first, second = shown.replace(fold=0), shown.replace(fold=1)
        if first.utcoffset() != second.utcoffset() and bool(first.dst()) == bool(second.dst()):
            return True
    return False


CHANGES = {}


class Generator:
    def __init__(self, rng):
        self.rng = rng

    def number(self, low, high, width=2):
        pick = self.rng.random()
        if pick < 0.02:
            value = self.rng.choice([high + 1, 0, 99, 1000, 2147483647, 2147483648, 10**20])
        elif pick < 0.1:
            value = self.rng.choice([low, high])
        else:
            value = self.rng.randint(low, high)
        return f"{value:0{width}d}" if self.rng.random() < 0.6 else str(value)

    def second(self):
        text = self.number(0, 59)
        if self.rng.random() < 0.15:
            text += "." + "".join(self.rng.choice("0123456789") for _ in range(self.rng.choice([1, 1, 2, 3, 6, 7, 9])))
        return text

    def component(self, low, high, seconds=False):
        pick, value = self.rng.random(), lambda top=high: self.second() if seconds else self.number(low, top)  # noqa: E731
        if pick < 0.6:
            return value()
        step = str(self.rng.randint(1, max(1, (high - low) // 2))) if self.rng.random() < 0.9 else value()
        if seconds and self.rng.random() < 0.1:
            step += "." + str(self.rng.randrange(1000))
        if pick < 0.78:
            return value(low + (high - low) // 3) + "/" + step
        start = self.rng.randint(low, high)
        stop = self.rng.randint(start, high) if self.rng.random() < 0.9 else self.rng.randint(low, high)
        text = f"{start}..{stop}"
        return text + "/" + step if pick > 0.92 else text

    def chain(self, low, high, seconds=False, anything=0.35):
        if self.rng.random() < anything:
            return "*"
        return ",".join(self.component(low, high, seconds) for _ in range(self.rng.choice([1, 1, 1, 2, 3])))

    def year(self):
        pick = self.rng.random()
        if pick < 0.65:
            return "*"
        if pick < 0.75:
            return self.chain(0, 99)
        if pick < 0.9:
            return self.chain(2000, 2040)
        return self.chain(1965 if pick > 0.98 else 1970, 2205 if pick > 0.98 else 2199)

    def date(self):
        year, month, pick = self.year(), self.chain(1, 12), self.rng.random()
        if pick < 0.25:
            mark, day = "~", self.chain(1, self.rng.choice([5, 12, 28, 31]), anything=0.05)
        else:
            mark, day = "-", self.chain(1, self.rng.choice([28, 29, 31, 31]))
        text = f"{month}{mark}{day}"
        return text if self.rng.random() < 0.2 else f"{year}-{text}"

    def time(self):
        hour = self.chain(0, self.rng.choice([3, 3, 23]), anything=0.2)
        minute = self.chain(0, 59, anything=0.2) if self.rng.random() < 0.7 else self.rng.choice(["0", "00", "30", "15", "59"])
        text = f"{hour}:{minute}"
        return text + ":" + self.chain(0, 59, True, 0.15) if self.rng.random() < 0.5 else text

    def weekdays(self):
        parts = []
        for _ in range(self.rng.choice([1, 1, 2, 3])):
            day = self.rng.choice(WEEKDAYS)
            if self.rng.random() < 0.35:
                day += self.rng.choice(["..", "..", "-"]) + self.rng.choice(WEEKDAYS)
            parts.append(day)
        return ",".join(parts) + self.rng.choice([""] * 12 + [",", ".."])

    def time_of_day(self, zone, local):
        """What the clocks' change of a zone may skip or show twice."""
        text = self.rng.choice(["*", "*", "0/1", "*", self.chain(0, 4)]) + ":" + self.chain(0, 59)
        if self.rng.random() < 0.4:
            text += ":" + self.chain(0, 59, True)
        if self.rng.random() < 0.2:
            text = self.weekdays() + " " + text
        if self.rng.random() < 0.2:
            text = self.rng.choice([text + " " + self.rng.choice(ENDS), "*-*-" + self.chain(1, 31) + " " + text])
        return text if zone == local and self.rng.random() < 0.8 else f"{text} {zone}"

    def expression(self, zone):
        pick, parts = self.rng.random(), []
        if pick < 0.04:
            parts = [self.rng.choice(WORDS)]
        elif pick < 0.06:
            parts = ["@" + self.rng.choice(["", "", " ", "+", "-"]) + str(self.rng.choice([0, 5, self.rng.randrange(2**31), self.rng.randrange(2**33), 10**18]))]
        else:
            if self.rng.random() < 0.35:
                parts.append(self.weekdays())
            shape = self.rng.random()
            if shape < 0.7:
                parts.append(self.date())
            if shape > 0.15:
                parts.append(self.time())
        if self.rng.random() < 0.4:
            parts.append(self.rng.choice([zone, zone, self.rng.choice(ZONES), self.rng.choice(ENDS)]))
        text = self.rng.choice([" "] * 15 + ["  "]).join(parts)
        for _ in range(self.rng.choice([0] * 12 + [1, 1, 2])):  # what may be no expression
            at = self.rng.randrange(len(text) + 1)
            text = text[:at] + self.rng.choice(PIECES + [""]) + text[at + self.rng.randrange(3):]
        return text

    def moment(self, zone):
        """Microseconds since the epoch."""
        if zone not in CHANGES:
            CHANGES[zone] = changes_of(zone)
        pick = self.rng.random()
        if pick < 0.65 and CHANGES[zone]:
            near = self.rng.choice(CHANGES[zone]) + self.rng.choice([0, -1, self.rng.randint(-7200, 7200), self.rng.randint(-200000, 100000)])
        elif pick < 0.95:
            near = self.rng.randrange(2**31)
        else:
            near = self.rng.choice([0, 1, self.rng.randrange(7258118400), 7258118399, 7258118400, 253402214399, 253402214400])
        return max(0, near) * 1000000 + self.rng.choice([0, 0, self.rng.randrange(1000000), 999999])


def questions_of(seed, count, local):
    """Of one local zone; the same for the same seed."""
    rng, questions = random.Random(f"{seed} {local}"), []
    generator = Generator(rng)
    for _ in range(count):
        zone = rng.choice([local or "UTC", rng.choice(ZONES)])
        text = generator.time_of_day(zone, local) if rng.random() < 0.4 else generator.expression(zone)
        questions.append((text, generator.moment(zone), 5))
    return questions


def record(path, cases):
    """The files of the zones are in tests/data/zoneinfo, since what they say changes with tzdata's version."""
    rows, errors = ["# input\tTZ\tafter_usec\tnormalised\tnext_usec ..., or !ERRNO for what fails"], 0
    for local, (expression, after, _), answer in cases:
        errors += answer.startswith("!")
        if not answer.startswith("!") or errors % 4 == 0:
            rows.append(f"{expression}\t{local or 'UTC'}\t{after}\t{answer}")
    pathlib.Path(path).write_text("\n".join(rows) + "\n")


def main():
    arguments, recording = sys.argv[1:], None
    if "--record" in arguments:
        at = arguments.index("--record")
        recording = arguments[at + 1]
        del arguments[at:at + 2]
    if not calendar_reference.available():
        print(f"skip: there is no {calendar_reference.LIBRARY}")
        return 0
    count = int(arguments[1]) if len(arguments) > 1 else 2000
    seed = int(arguments[2]) if len(arguments) > 2 else 1
    total = failed = elapses = undecided = wrong = 0
    recorded = []
    for local in LOCAL_ZONES:
        questions = questions_of(seed, -(-count // len(LOCAL_ZONES)), local)
        wanted = calendar_reference.reference(local).ask(questions)
        got = calendar_reference.Answers([arguments[0]], local).ask(questions)
        for question, want, have in zip(questions, wanted, got):
            total += 1
            failed += want.startswith("!")
            elapses += want.count("\t")
            if want != have:
                if is_undecided(question[0].split(" ")[-1], [want, have], question[1]) or is_undecided(local, [want, have], question[1]):
                    undecided += 1
                    continue
                wrong += 1
                print(f"TZ={local!r} {question[0]!r} after {question[1]}\n  wanted {want!r}\n  got    {have!r}", flush=True)
        recorded += [(local, question, answer) for question, answer in zip(questions, wanted)]
    if recording:
        record(recording, recorded)
    print(f"{total} expressions, {failed} of them errors, {elapses} elapses, {undecided} left to mktime()'s memory, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

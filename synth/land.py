"""Roads, estates, groups and small places of the city: where in its village a household lives. The same for every city."""

from dataclasses import dataclass
from functools import cache

from synth import words
from synth.places import places

ROAD_WORDS = (
    "龙",
    "凤",
    "金",
    "银",
    "天",
    "新",
    "石",
    "民",
    "兴",
    "华",
    "锦",
    "云",
    "松",
    "桂",
    "江",
    "滨",
    "福",
    "康",
    "望",
    "和",
)
ROAD_ENDS = ("山", "湖", "泉", "桥", "岭", "塘", "园", "坪", "溪", "湾", "台", "井")
ROAD_KINDS = ("路", "街", "巷", "大道", "支路", "横街")
ESTATE_WORDS = (
    "阳光",
    "锦绣",
    "金科",
    "御景",
    "水岸",
    "康居",
    "翠湖",
    "丽景",
    "世纪",
    "紫荆",
    "香樟",
    "学府",
    "滨江",
    "南山",
    "雅居",
    "祥和",
)
ESTATE_ENDS = ("花园", "小区", "苑", "新城", "家园", "公寓", "名都", "华府", "公租房")
YARD_WORDS = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
YARD_ENDS = ("湾", "院子", "坝", "坪", "沟", "坡", "塝", "岩")
GROUPS = 8
ROADS_OF_A_VILLAGE, ESTATES_OF_A_VILLAGE = 3, 3
CROSSING, RENAMED, MERGED = 12, 20, 5  # of 100 estates, roads, villages


def mix(*parts: int) -> int:
    """A number drawn from the parts, the same on every machine."""
    value = 0x9E3779B97F4A7C15
    for part in parts:
        value = (value ^ (part + 0x9E3779B97F4A7C15)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        value ^= value >> 29
    return value


@dataclass(frozen=True, slots=True)
class Road:
    """old: the name before it was renamed, "" where it never was. A road goes on in the next village of the town."""

    name: str
    old: str


@dataclass(frozen=True, slots=True)
class Home:
    """One flat or house. yard, group: in the country; estate, building: in a town; no: number at the road, or of the building."""

    road: Road | None
    no: int
    estate: str
    building: int
    unit: int
    floor: int
    flat: int
    group: int
    yard: str


@cache
def neighbours() -> list[int]:
    """For each village the next one of its town; itself where it is the only one."""
    codes = places().codes.to_pylist()
    count = places().count
    towns = codes[count : 2 * count]
    first: dict[str, int] = {}
    following = list(range(count))
    for at, town in enumerate(towns):
        if at and towns[at - 1] == town:
            following[at - 1] = at
        else:
            first[town] = at
    for at, town in enumerate(towns):  # the last one borders on the first
        if at + 1 == count or towns[at + 1] != town:
            following[at] = first[town]
    return following


@cache
def old_village(village: int) -> str:
    """The name before the village was merged or renamed; "" where it never was."""
    dice = mix(village, 71)
    if dice % 100 >= MERGED:
        return ""
    name = ROAD_WORDS[dice // 100 % len(ROAD_WORDS)] + ROAD_ENDS[dice // 5000 % len(ROAD_ENDS)]
    return name + ("社区" if places().urban[village] else "村")


@cache
def road(village: int, which: int) -> Road:
    """Road 0 and 1 belong to the village and the next one, the rest to it alone."""
    dice = mix(village, which, 3)
    kind = ROAD_KINDS[dice // 64 % len(ROAD_KINDS)]
    known = dice % 3 == 0
    name = (
        words.STREETS[dice // 999 % len(words.STREETS)]
        if known
        else ROAD_WORDS[dice // 7 % 20] + ROAD_ENDS[dice // 811 % 12]
    )
    old = ROAD_WORDS[dice // 977 % 20] + ROAD_ENDS[dice // 77 % 12] + kind if dice // 13 % 100 < RENAMED else ""
    return Road(name + kind, "" if old == name + kind else old)


@cache
def estate(village: int, which: int) -> tuple[str, int, bool]:
    """Name, number at the village's road `which`, and whether its higher buildings stand in the next village."""
    dice = mix(village, which, 5)
    name = ESTATE_WORDS[dice % len(ESTATE_WORDS)] + ESTATE_ENDS[dice // 31 % len(ESTATE_ENDS)]
    return name, 2 + dice // 1009 % 60, dice // 17 % 100 < CROSSING


@cache
def before(village: int) -> int:
    """The village whose roads and estates come in from the other side."""
    return _before()[village]


@cache
def _before() -> dict[int, int]:
    return {after: at for at, after in enumerate(neighbours())}


def home(village: int, household: int) -> Home:
    """Where a household lives that lives in this village."""
    dice = mix(household, village, 11)
    house, floor, flat, unit = 1 + dice % 60, 1 + dice // 60 % 25, 1 + dice // 1500 % 4, 1 + dice // 6000 % 3
    rest = dice // 18000
    if not places().urban[village]:
        group = 1 + rest % GROUPS
        yard = mix(village, group, rest // GROUPS % 2)
        name = YARD_WORDS[yard % 40] + ("家" if yard // 40 % 2 else "") + YARD_ENDS[yard // 80 % len(YARD_ENDS)]
        return Home(None, house, "", 0, 0, 0, 0, group, name)
    owner, is_second = _owner(village, rest)
    which = rest // 2 % ROADS_OF_A_VILLAGE if not is_second else rest // 2 % 2
    if rest // 64 % 100 < 65:
        return _in_estate(village, rest, unit, floor, flat)
    if which == 0:  # the first half of its numbers lies here, the second in the next village
        no = house + 60 if is_second else house
    elif which == 1:  # one side of the road here, the other there
        no = 2 * house if is_second else 2 * house - 1
    else:
        no = house
    return Home(road(owner, which), no, "", 0, 0, floor, flat, 0, "")


def _owner(village: int, rest: int) -> tuple[int, bool]:
    """Whose road: the village's own, or one that comes in from the village before."""
    other = before(village)
    is_second = rest % 4 == 0 and other != village and bool(places().urban[other])
    return (other, True) if is_second else (village, False)


def _in_estate(village: int, rest: int, unit: int, floor: int, flat: int) -> Home:
    which, building = rest // 6400 % ESTATES_OF_A_VILLAGE, 1 + rest // 19200 % 8
    other = before(village)
    if rest % 5 == 0 and other != village and places().urban[other] and estate(other, which)[2]:
        name, no, _ = estate(other, which)  # the part of the estate before that reaches over
        return Home(road(other, which), no, name, building + 8, unit, floor, flat, 0, "")
    name, no, _ = estate(village, which)
    return Home(road(village, which), no, name, building, unit, floor, flat, 0, "")

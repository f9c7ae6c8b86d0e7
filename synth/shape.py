"""The figures that make the invented city look like Chongqing, in one place."""

from dataclasses import dataclass

BLOCK = 100_000  # people made at once; also the unit that can be made again alone
PER_FILE = 1_000_000

MAIN_SOURCES = ("employee", "resident_pension", "resident_medical", "public_pension", "police", "health")
LISTS = ("deaths", "elsewhere", "students", "prison", "soldiers")
SOURCES = MAIN_SOURCES + LISTS

# People holding a hukou, in 10,000; where domain figures are missing, a plausible round figure.
DISTRICT_PEOPLE = {
    "500101": 169.9, "500102": 111.6, "500103": 48, "500104": 28, "500105": 66.1, "500106": 98,
    "500107": 97, "500108": 82.2, "500109": 66.6, "500110": 116, "500111": 106.3, "500112": 160.6,
    "500113": 98.3, "500114": 55, "500115": 89, "500116": 145.4, "500117": 151, "500118": 113.1,
    "500119": 68, "500120": 65, "500151": 84, "500152": 100, "500153": 84, "500154": 165,
    "500155": 92, "500156": 41, "500229": 25, "500230": 79, "500231": 95, "500233": 97,
    "500235": 130.7, "500236": 104, "500237": 62, "500238": 53, "500240": 54, "500241": 66,
    "500242": 84, "500243": 69,
}  # fmt: skip
CENTRE = {"500103", "500104", "500105", "500106", "500107", "500108", "500109", "500112", "500113"}
TUJIA_MIAO = {"500114", "500240", "500241", "500242", "500243"}

# People by scheme in 10,000 of the city's 3,400 (active or paused).
TARGETS = {"110+120": 1400, "170": 1250, "310": 840, "390": 2290, "210": 640, "410": 800, "510": 560}

AGE_BANDS = (0, 6, 16, 23, 35, 50, 55, 60, 70)
WORK = ("employee", "public", "flexible", "retired", "public_retired", "resident", "student", "none")
# Rows: age bands from 16; columns: WORK without "none", which takes the rest.
HUKOU_WORK = (
    (0.12, 0.005, 0.04, 0.00, 0.00, 0.16, 0.60),
    (0.435, 0.055, 0.20, 0.00, 0.00, 0.27, 0.02),
    (0.365, 0.055, 0.22, 0.00, 0.00, 0.33, 0.00),
    (0.23, 0.040, 0.12, 0.18, 0.00, 0.41, 0.00),
    (0.09, 0.030, 0.06, 0.30, 0.02, 0.47, 0.00),
    (0.00, 0.000, 0.00, 0.43, 0.05, 0.51, 0.00),
    (0.00, 0.000, 0.00, 0.37, 0.04, 0.58, 0.00),
)
LEFT_WORK = (
    (0.02, 0.00, 0.02, 0.00, 0.00, 0.30, 0.20),
    (0.05, 0.00, 0.05, 0.00, 0.00, 0.40, 0.00),
    (0.04, 0.00, 0.06, 0.00, 0.00, 0.50, 0.00),
    (0.03, 0.00, 0.06, 0.05, 0.00, 0.55, 0.00),
    (0.02, 0.00, 0.04, 0.10, 0.00, 0.60, 0.00),
    (0.00, 0.00, 0.00, 0.25, 0.01, 0.60, 0.00),
    (0.00, 0.00, 0.00, 0.25, 0.01, 0.60, 0.00),
)
CAME_WORK = (
    (0.35, 0.00, 0.05, 0.00, 0.00, 0.00, 0.35),
    (0.50, 0.02, 0.12, 0.00, 0.00, 0.02, 0.02),
    (0.45, 0.02, 0.15, 0.00, 0.00, 0.03, 0.00),
    (0.35, 0.01, 0.12, 0.05, 0.00, 0.05, 0.00),
    (0.20, 0.01, 0.08, 0.10, 0.00, 0.05, 0.00),
    (0.00, 0.00, 0.00, 0.15, 0.00, 0.05, 0.00),
    (0.00, 0.00, 0.00, 0.10, 0.00, 0.05, 0.00),
)


# Share of the people in a department's files who stand there under a second number.
SECOND_NUMBER = {"employee": 0.010, "resident_pension": 0.004, "resident_medical": 0.006, "health": 0.008}


@dataclass(frozen=True)
class Shape:
    """Shares and rates of the city; errors live in `synth.errors`."""

    came: float = 0.062  # came in from other provinces, of all people
    left: float = 0.118  # live in another province, of hukou people
    elsewhere_lives: float = 0.15  # hukou people living in another village of the city
    foreigners: float = 0.0006
    hong_kong_macao_taiwan: float = 0.0005
    twins: float = 0.03  # of families with two children
    lookalikes: float = 0.0006
    shared_number: float = 0.00015  # people who were given another person's number
    rare_name: float = 0.003
    dotted_name: float = 0.001
    compound_surname: float = 0.001
    former_name: float = 0.02
    unregistered_newborns: float = 0.35  # of children below one year
    moved_out: float = 0.004
    cancelled: float = 0.0005
    prisoners: float = 0.0012
    soldiers: float = 0.0015
    employers_per_person: float = 0.012

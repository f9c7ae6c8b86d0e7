"""The household survey, from the round to the report (规程第八条). Doors import the part they need: `survey.rounds`, `survey.visiting` …"""

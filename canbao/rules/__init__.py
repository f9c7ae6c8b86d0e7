"""What the regulation says, as pure functions and dated tables: no framework, no database, no network, no clock."""

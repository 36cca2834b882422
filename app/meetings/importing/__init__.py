"""What people have, made into values: register and contacts from XLSX or CSV, agenda from YAML or JSON; no rows, no HTTP."""

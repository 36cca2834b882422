"""The Kvorum server: slices by feature over a small kernel; `app.bootstrap` wires them, `app.main` serves them."""

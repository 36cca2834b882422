"""The count of a creditors' meeting under 127-ФЗ: pure functions over exact integers, standard library only."""

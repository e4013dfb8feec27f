package dynamostore

// TableOf returns the table a store works on.
func TableOf(s *Store) string { return s.table }

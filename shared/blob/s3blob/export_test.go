package s3blob

// SetPage makes s list so many objects at a time.
func SetPage(s *Store, page int32) { s.page = page }

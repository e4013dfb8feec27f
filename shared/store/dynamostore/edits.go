package dynamostore

// edits are the changes of one transaction, one for each item: it touches none twice.
type edits struct {
	at   moment
	list []*edit
	by   map[key]*edit
}

func newEdits(at moment) *edits { return &edits{at: at, by: map[key]*edit{}} }

// of returns the edit of an item, a new one if there is none yet.
func (all *edits) of(k key) *edit {
	if e, there := all.by[k]; there {
		return e
	}
	e := change(k)
	all.add(e)
	return e
}

func (all *edits) add(e *edit) {
	all.list = append(all.list, e)
	all.by[e.key] = e
}

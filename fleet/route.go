package fleet

import (
	"soak/lab"
	"soak/refresher"
	"soak/token"
)

// route is what requests for the files of one directory have in common while one
// grant is in force: how their URLs are rewritten, the grant that then stands there,
// and what the lab knows of the directory.
type route struct {
	from  string // as the player has it
	to    string // as it is sent
	grant token.Grant

	directory lab.Directory
	known     bool // false: files there are asked for by their whole URLs

	users int // calls that may still look at it
}

// routes are the latest ones: viewers ask for file after file of a handful of
// directories, and in virtual time one viewer after another is computed.
type routes struct {
	lab     *lab.Lab
	kept    [8]*route
	writers [8]refresher.Writer // theirs: most differ in it already
	latest  int
}

// of is the route of requests for the files of a directory.
//
// It is [refresher.Writer.Rewrite], and [lab.Lab.Directory], of which it keeps what
// does not depend on the file.
func (r *routes) of(from string, w refresher.Writer) *route {
	for i := range r.writers {
		if r.writers[i] == w && r.kept[i] != nil && r.kept[i].from == from {
			return r.kept[i]
		}
	}
	var other *lab.Directory // most likely of the same grant
	if last := r.kept[r.latest]; last != nil && last.known {
		other = &last.directory
	}
	r.latest = (r.latest + 1) % len(r.kept)
	x := r.kept[r.latest]
	if x == nil || x.users > 0 {
		x = new(route)
	}
	x.from = from
	x.to, x.grant = w.Rewrite(from)
	x.known = r.lab.Directory(&x.directory, x.to, other)
	r.kept[r.latest], r.writers[r.latest] = x, w
	return x
}

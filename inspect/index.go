package inspect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"soak/manifest"
)

// clauseIndex is what an MPD promises of an index.
const clauseIndex = "ISO/IEC 23009-1 5.3.9.2.2"

// maxIndex is how much of an index is asked for: one of 12 bytes a segment has
// room for two days of segments of 2 s.
const maxIndex = 1 << 20

// unread is why the indexes of some renditions could not be read.
type unread struct {
	reason   string // no token
	severity manifest.Severity
	names    []string
}

// readIndexes fetches the indexes of an MPD's renditions, at most limit of them,
// and puts the segments they list in the place of the one that a resource is until
// then. What cannot be read is noted.
func (p *Page) readIndexes(ctx context.Context, from Getter, limit int, now time.Time) {
	p.indexes = map[*manifest.Segments]manifest.Ref{}
	for i, r := range p.indexed() {
		if i >= limit {
			p.noteUnread(r.name, errTooMany, manifest.Info)
			continue
		}
		read, severity, err := readIndex(ctx, from, p.Presentation, r.Segments)
		if err != nil {
			p.noteUnread(r.name, err, severity)
			continue
		}
		p.indexes[read] = r.Segments.Index().Ref
		r.Segments = read
	}
	if len(p.indexes) > 0 {
		p.Children = children(p.Presentation, p.indexes, now)
	}
}

// indexed is a rendition whose segments stand in an index.
type indexed struct {
	*manifest.Rendition
	name string
}

// indexed lists them, those of the last period first: it is the one described.
func (p *Page) indexed() []indexed {
	var list []indexed
	for _, period := range slices.Backward(p.Presentation.Periods) {
		for _, set := range period.Sets {
			for i := range set.Renditions {
				if r := &set.Renditions[i]; r.Segments != nil && r.Segments.Index() != nil {
					list = append(list, indexed{r, indexName(*r, set)})
				}
			}
		}
	}
	return list
}

var errTooMany = errors.New("not fetched: there are too many")

// readIndex reads one index. It is illegal for it not to be where the MPD says;
// that it was not to be had, or is of a kind unknown here, proves nothing.
func readIndex(ctx context.Context, from Getter, p *manifest.Presentation, s *manifest.Segments) (*manifest.Segments, manifest.Severity, error) {
	index := s.Index()
	part := index.Range
	if part.Length == 0 || part.Length > maxIndex {
		part.Length = maxIndex
	}
	r, err := from.Get(ctx, p.Resolve(index.Ref), part)
	switch {
	case err != nil:
		return nil, manifest.Info, err
	case r.Status == 404 || r.Status == 416: // not there, or not that long
		return nil, manifest.Illegal, fmt.Errorf("answered %d", r.Status)
	case r.Status/100 != 2:
		return nil, manifest.Info, fmt.Errorf("answered %d%s", r.Status, advice(r.Status))
	}
	read, err := s.Indexed(r.Body)
	if err != nil && (part != index.Range || errors.Is(err, manifest.ErrUnsupported)) {
		return nil, manifest.Info, err
	}
	return read, manifest.Illegal, err
}

func indexName(r manifest.Rendition, s manifest.Set) string {
	if r.Height > 0 {
		return rungName(r)
	}
	return trackName(r, s) + " " + rate(r.Bandwidth)
}

func (p *Page) noteUnread(name string, err error, severity manifest.Severity) {
	for i := range p.unread {
		if u := &p.unread[i]; u.reason == err.Error() && u.severity == severity {
			u.names = append(u.names, name)
			return
		}
	}
	p.unread = append(p.unread, unread{err.Error(), severity, []string{name}})
}

// maxNames is how many renditions one finding names.
const maxNames = 3

func (u unread) finding() Finding {
	names, more := u.names, ""
	if n := len(names) - maxNames; n > 0 {
		names, more = names[:maxNames], fmt.Sprintf(" and %d more", n)
	}
	text := fmt.Sprintf("segment index of %s%s: %s; counted as one segment", strings.Join(names, ", "), more, u.reason)
	return Finding{Severity: u.severity.String(), Clause: clauseIndex, Text: text, Count: 1}
}

// foretold tells whether a finding says no more than that there are indexes, which
// have been asked for since.
func (p *Page) foretold(f manifest.Finding) bool {
	return p.indexes != nil && f.Clause == clauseIndex && f.Severity == manifest.Info
}

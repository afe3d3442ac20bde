package manifest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/zencoder/go-dash/v3/mpd"
)

// resolveToZero is the link that stands for nothing: the element is as if it
// were not there (clause 5.5.3).
const resolveToZero = "urn:mpeg:dash:resolve-to-zero:2013"

// whereabouts of an element's content.
type whereabouts uint8

const (
	here whereabouts = iota
	elsewhere
	nowhere // resolve-to-zero
)

// remote notes an element that stands elsewhere.
func (r *mpdReader) remote(element string, link sideLink, line int) (whereabouts, *Error) {
	switch href := strings.TrimSpace(link.Href); href {
	case "":
		return here, nil
	case resolveToZero:
		return nowhere, nil
	default:
		ref, bad := r.reference(element+"@xlink:href", href, line)
		if bad != nil {
			return here, bad
		}
		t := r.timing
		t.Remotes = append(t.Remotes, Remote{ref, element, link.Actuate == "onLoad", line})
		r.doc.find(Info, line, clauseLinks, "%s stands elsewhere (xlink:href) and has to be fetched", element)
		return elsewhere, nil
	}
}

// existing leaves out the periods that resolve to zero, and notes those that
// stand elsewhere.
func (r *mpdReader) existing(main []*mpd.Period, side []sidePeriod) ([]*mpd.Period, []sidePeriod, *Error) {
	mains, sides := make([]*mpd.Period, 0, len(main)), make([]sidePeriod, 0, len(side))
	for i := range side {
		where, bad := r.remote("Period", side[i].sideLink, side[i].Line)
		if bad != nil {
			return nil, nil, bad
		}
		if where != nowhere {
			mains, sides = append(mains, main[i]), append(sides, side[i])
		}
	}
	return mains, sides, nil
}

// Remotes are the parts of the MPD in body that stand elsewhere, also of one that
// [Parse] refuses because all of it does. Document.DASH.Remotes has the same of one
// that it reads.
func Remotes(body []byte) ([]Remote, error) {
	tree, bad := readTree(body)
	if bad != nil {
		return nil, bad
	}
	var all []Remote
	tree.walk(func(e *node) {
		href, ok := e.attr("href")
		if href = strings.TrimSpace(href); !ok || href == "" || href == resolveToZero || !e.prefixed("href") {
			return
		}
		switch e.name {
		case "Period", "AdaptationSet", "EventStream", "SegmentList":
		default:
			return
		}
		if !resolvable(href) {
			bad = unsupported(e.line, "a %s@xlink:href that cannot be parsed", e.name)
			return
		}
		actuate, _ := e.attr("actuate")
		all = append(all, Remote{Ref{URI: href}, e.name, actuate == "onLoad", e.line})
	})
	if bad != nil {
		return nil, bad
	}
	return all, nil
}

// Dereference puts content, which was fetched from remote, into the MPD in body
// in place of the element that names it, and returns the new MPD (clause 5.5.3):
// one or more elements of the same name; none at all removes the element. Content
// that links further is refused, so that links cannot go round in circles, but for
// what is inside of a Period.
func Dereference(body []byte, remote Remote, content []byte) ([]byte, error) {
	tree, bad := readTree(body)
	if bad != nil {
		return nil, bad
	}
	at := tree.linked(remote)
	if at == nil {
		return nil, unsupported(remote.Line, "no %s with that xlink:href", remote.Element)
	}
	content, bad = asUTF8(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	if bad != nil {
		return nil, bad
	}
	replacement, bad := readTree(content)
	if bad != nil {
		return nil, bad
	}
	var in []*node
	for _, n := range replacement.children {
		switch {
		case n.name == "":
			continue // the XML declaration, comments, white space
		case n.name != remote.Element:
			return nil, notManifest(fmt.Sprintf("<%s> where <%s> should be", short(n.name), remote.Element))
		case n.linksOn() || n.name != "Period" && n.anyLink():
			return nil, unsupported(0, "remote content that links further")
		}
		in = append(in, n)
	}
	if len(in) == 0 && len(bytes.TrimSpace(content)) > 0 {
		return nil, notManifest("no element")
	}
	parent := at.parent
	parent.replace(at, in)
	return tree.bytes(), nil
}

// Unlink takes the link off the element that names remote, so that what stands there
// itself counts, and returns the new MPD.
func Unlink(body []byte, remote Remote) ([]byte, error) {
	tree, bad := readTree(body)
	if bad != nil {
		return nil, bad
	}
	at := tree.linked(remote)
	if at == nil {
		return nil, unsupported(remote.Line, "no %s with that xlink:href", remote.Element)
	}
	at.removeAttr("href")
	at.removeAttr("actuate")
	return tree.bytes(), nil
}

// linked finds the first element of a remote's name and link.
func (n *node) linked(r Remote) *node {
	var found *node
	n.walk(func(e *node) {
		if href, ok := e.attr("href"); ok && found == nil && e.name == r.Element && strings.TrimSpace(href) == r.Ref.URI {
			found = e
		}
	})
	return found
}

// linksOn tells whether the element itself stands elsewhere.
func (n *node) linksOn() bool {
	href, ok := n.attr("href")
	return ok && href != resolveToZero && n.prefixed("href")
}

// anyLink tells whether it or anything in it does.
func (n *node) anyLink() bool {
	found := n.linksOn()
	n.walk(func(e *node) { found = found || e.linksOn() })
	return found
}

// short keeps a foreign element's name from filling an error.
func short(name string) string { return name[:min(len(name), 16)] }

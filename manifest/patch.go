package manifest

import (
	"bytes"
	"errors"
	"strings"
	"time"
)

// ErrPatch is the error of a patch that does not fit the MPD it came for: the
// whole MPD has to be fetched.
var ErrPatch = errors.New("patch does not apply: fetch the whole MPD")

// Patch applies the MPD patch document in patch to the MPD in previous and
// returns the new MPD, to be given to [Parse] (ISO/IEC 23009-1 clause 5.15). The
// patch must be made for this MPD: of its @id (Patch@mpdId) and its @publishTime
// (Patch@originalPublishTime), and must bring it to Patch@publishTime.
//
// Operations are those of RFC 5261 with the part of XPath that clause 5.15.3
// allows: a path of element names from /MPD on, each with positions and
// attribute values as predicates, to an element, an attribute or a text.
// Anything else, and a selector that does not find exactly one node, is ErrPatch.
func Patch(previous, patch []byte) ([]byte, error) {
	out, bad := applyPatch(previous, patch)
	if bad != nil {
		return nil, bad
	}
	return out, nil
}

// IsPatch tells whether a body is an MPD patch document, good or bad, and not an MPD.
func IsPatch(body []byte) bool {
	_, bad := readPatch(body)
	return bad == nil
}

func applyPatch(previous, patch []byte) ([]byte, *Error) {
	if len(previous) > maxBody || len(patch) > maxBody {
		return nil, unfit(0, "more than %d MB", maxBody>>20)
	}
	tree, bad := readTree(previous)
	if bad != nil {
		return nil, bad
	}
	document, bad := readPatch(patch)
	if bad != nil {
		return nil, bad
	}
	mpd := root(tree, "MPD")
	if mpd == nil {
		return nil, notManifest("no <MPD> to patch")
	}
	if bad := fits(mpd, document); bad != nil {
		return nil, bad
	}
	operations := document.elements()
	if nodes := tree.count() + document.count(); nodes*len(operations) > maxPatchWork {
		return nil, unfit(0, "%d operations on %d nodes are too many", len(operations), nodes)
	}
	for i, op := range operations {
		if bad := operate(tree, op); bad != nil {
			return nil, bad.within("operation", i)
		}
	}
	if want, _ := document.attr("publishTime"); !sameMoment(mpd, want) {
		return nil, unfit(0, "MPD@publishTime is not Patch@publishTime afterwards")
	}
	return tree.bytes(), nil
}

// maxPatchWork bounds operations times nodes: each looks at every node at most a
// few times. A day of two-second segments and a hundred operations need 5 million.
const maxPatchWork = 200_000_000

func readPatch(patch []byte) (*node, *Error) {
	patch, bad := asUTF8(bytes.TrimPrefix(patch, []byte("\xef\xbb\xbf")))
	if bad != nil {
		return nil, bad
	}
	if len(bytes.TrimSpace(patch)) == 0 {
		return nil, notManifest("an empty body")
	}
	if bytes.TrimSpace(patch)[0] != '<' {
		return nil, notManifest("no XML")
	}
	tree, bad := readTree(patch)
	if bad != nil {
		return nil, bad
	}
	document := root(tree, "Patch")
	if document == nil {
		return nil, notManifest("XML that is no MPD patch")
	}
	return document, nil
}

// root is the one element of a document, if that is its name.
func root(tree *node, name string) *node {
	if all := tree.elements(); len(all) == 1 && all[0].name == name {
		return all[0]
	}
	return nil
}

// fits holds the patch to the MPD it says it is for (clause 5.15.2).
func fits(mpd, patch *node) *Error {
	for _, name := range []string{"mpdId", "originalPublishTime", "publishTime"} {
		if v, ok := patch.attr(name); !ok || v == "" {
			return unfit(0, "Patch without @%s", name)
		}
	}
	id, _ := mpd.attr("id")
	if want, _ := patch.attr("mpdId"); id != want {
		return unfit(0, "Patch@mpdId is not MPD@id")
	}
	if want, _ := patch.attr("originalPublishTime"); !sameMoment(mpd, want) {
		return unfit(0, "Patch@originalPublishTime is not MPD@publishTime")
	}
	return nil
}

func sameMoment(mpd *node, want string) bool {
	at, ok := mpd.attr("publishTime")
	a, err1 := parseTime(at)
	b, err2 := parseTime(want)
	return ok && (at == want || err1 == nil && err2 == nil && a.Equal(b) && !a.Equal(time.Time{}))
}

func unfit(line int, format string, args ...any) *Error {
	e := unsupported(line, format, args...)
	e.Err = &patchError{e.Err}
	return e
}

// patchError is ErrPatch with a reason.
type patchError struct{ reason error }

func (e *patchError) Error() string {
	return strings.TrimPrefix(e.reason.Error(), ErrUnsupported.Error()+": ") + ": " + ErrPatch.Error()
}
func (e *patchError) Unwrap() []error { return []error{ErrPatch, e.reason} }

// operate is one add, replace or remove (RFC 5261 section 4).
func operate(tree, op *node) *Error {
	sel, ok := op.attr("sel")
	if !ok {
		return unfit(0, "no @sel")
	}
	at, bad := choose(tree, sel)
	if bad != nil {
		return bad
	}
	switch op.name {
	case "add":
		return add(at, op)
	case "replace":
		return replace(at, op)
	case "remove":
		return remove(at, op)
	}
	return unfit(0, "<%s> is no operation", short(op.name))
}

// add is RFC 5261 section 4.3: children, siblings or an attribute.
func add(at chosen, op *node) *Error {
	if at.attribute != "" || at.text {
		return unfit(0, "an addition to what is no element")
	}
	if kind, ok := op.attr("type"); ok {
		name, isAttribute := strings.CutPrefix(kind, "@")
		if _, exists := at.element.attr(name); !isAttribute || !xmlName(name) || exists {
			return unfit(0, "an addition of type %s", quote(kind))
		}
		at.element.setAttr(name, op.text())
		return nil
	}
	parent, where := at.element, len(at.element.children)
	switch pos, _ := op.attr("pos"); pos {
	case "":
	case "prepend":
		where = 0
	case "before", "after":
		if parent = at.element.parent; parent == nil || parent.name == "" {
			return unfit(0, "a second root element")
		}
		if where = parent.index(at.element); pos == "after" {
			where++
		}
	default:
		return unfit(0, "@pos %s", quote(pos))
	}
	parent.splice(where, 0, op.children)
	return nil
}

// replace is RFC 5261 section 4.4.
func replace(at chosen, op *node) *Error {
	switch {
	case at.attribute != "":
		at.element.setAttr(at.attribute, op.text())
	case at.text:
		at.element.splice(0, len(at.element.children), op.children)
	default:
		all := op.elements()
		if len(all) != 1 || at.element.parent.name == "" && all[0].name != at.element.name {
			return unfit(0, "an element is to be replaced by %d", len(all))
		}
		at.element.parent.replace(at.element, all)
	}
	return nil
}

// remove is RFC 5261 section 4.5; @ws, white space to go with it, changes nothing
// that matters.
func remove(at chosen, _ *node) *Error {
	switch {
	case at.attribute != "":
		at.element.removeAttr(at.attribute)
	case at.text:
		at.element.splice(0, len(at.element.children), nil)
	case at.element.parent.name == "":
		return unfit(0, "the MPD itself is to be removed")
	default:
		at.element.parent.replace(at.element, nil)
	}
	return nil
}

func xmlName(name string) bool {
	return name != "" && strings.Trim(name, letters+"0123456789_-.:") == "" && strings.Contains(letters+"_", name[:1])
}

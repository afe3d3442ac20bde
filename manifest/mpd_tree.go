package manifest

import (
	"bytes"
	"encoding/xml"
	"html"
	"io"
	"strconv"
	"strings"
)

// node is an element of an XML text that can be changed and written again, byte
// for byte where it was not changed. The root node has no name, and neither has
// what is not an element: text, comments, declarations.
type node struct {
	name     string // local
	line     int    // where the tag ends
	open     []byte // <name a="b">, <name/>, or the text itself
	close    []byte // </name>, empty after <name/>
	parent   *node
	children []*node
}

// readTree reads well-formed XML of bounded size and depth.
func readTree(body []byte) (*node, *Error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	root := &node{}
	at, depth, count := root, 0, 0
	for from := 0; ; {
		token, err := d.RawToken()
		to := int(d.InputOffset())
		line, _ := d.InputPos()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, xmlError(err)
		}
		raw := body[from:to:to]
		from = to
		if count++; count > 2*maxElements {
			return nil, unsupported(line, "more than %d elements", maxElements)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return nil, unsupported(line, "elements nested more than %d deep", maxDepth)
			}
			at = at.append(&node{name: t.Name.Local, line: line, open: raw})
		case xml.EndElement:
			if depth--; depth < 0 || at.name != t.Name.Local {
				return nil, unsupported(line, "broken XML: </%s> does not match", short(t.Name.Local))
			}
			at.close = raw
			at = at.parent
		default:
			at.append(&node{open: raw})
		}
	}
	if depth != 0 {
		return nil, truncated(0, "the XML ends inside an element")
	}
	return root, nil
}

func (n *node) append(child *node) *node {
	child.parent = n
	n.children = append(n.children, child)
	return child
}

func (n *node) walk(visit func(*node)) {
	for _, c := range n.children {
		if c.name != "" {
			visit(c)
			c.walk(visit)
		}
	}
}

func (n *node) count() int {
	total := 1
	for _, c := range n.children {
		total += c.count()
	}
	return total
}

// index is where child stands among n's children.
func (n *node) index(child *node) int {
	for i, c := range n.children {
		if c == child {
			return i
		}
	}
	return -1
}

// replace puts others in child's place.
func (n *node) replace(child *node, others []*node) {
	n.splice(n.index(child), 1, others)
}

// splice puts others in the place of count children from at on. A tag that was
// empty, <name/>, is opened.
func (n *node) splice(at, count int, others []*node) {
	if len(others) > 0 && n.name != "" && len(n.close) == 0 {
		name, _, _ := bytes.Cut(bytes.TrimRight(n.open[1:len(n.open)-2], " \t\r\n"), []byte(" "))
		if i := bytes.IndexAny(name, " \t\r\n"); i >= 0 {
			name = name[:i]
		}
		n.open = append(append([]byte{}, n.open[:len(n.open)-2]...), '>')
		n.close = []byte("</" + string(name) + ">")
	}
	children := make([]*node, 0, len(n.children)-count+len(others))
	children = append(children, n.children[:at]...)
	for _, o := range others {
		o.parent = n
		children = append(children, o)
	}
	n.children = append(children, n.children[at+count:]...)
}

func (n *node) bytes() []byte {
	var b bytes.Buffer
	n.write(&b)
	return b.Bytes()
}

func (n *node) write(b *bytes.Buffer) {
	b.Write(n.open)
	for _, c := range n.children {
		c.write(b)
	}
	b.Write(n.close)
}

// find is an attribute's place in open: at the name, at the value, behind it. Of
// a:id and id it finds id.
func (n *node) find(name string) (at, value, end int, ok bool) {
	t := newTag(n.open, 0, len(n.open), 0)
	_ = t.eachAttr(func(local, text []byte, nameAt, valueAt int) *Error {
		exact := bytes.HasPrefix(n.open[nameAt:], []byte(name))
		if string(local) == name && (!ok || exact) {
			at, value, end, ok = nameAt, valueAt, valueAt+len(text), true
		}
		return nil
	})
	return at, value, end, ok
}

// attr is an attribute's value, entities resolved.
func (n *node) attr(name string) (string, bool) {
	_, value, end, ok := n.find(name)
	if !ok {
		return "", false
	}
	return html.UnescapeString(string(n.open[value:end])), true
}

// prefixed tells whether an attribute is written with a namespace prefix.
func (n *node) prefixed(name string) bool {
	at, value, _, ok := n.find(name)
	return ok && bytes.IndexByte(n.open[at:value], ':') >= 0
}

// setAttr writes an attribute; a new one goes last.
func (n *node) setAttr(name, value string) {
	value = attrEscaper.Replace(value)
	if _, from, to, ok := n.find(name); ok {
		n.open = []byte(string(n.open[:from]) + value + string(n.open[to:]))
		return
	}
	end := len(n.open) - 1
	if n.open[end-1] == '/' {
		end--
	}
	n.open = []byte(strings.TrimRight(string(n.open[:end]), " \t\r\n") + " " + name + `="` + value + `"` + string(n.open[end:]))
}

func (n *node) removeAttr(name string) bool {
	at, _, to, ok := n.find(name)
	if ok {
		n.open = []byte(strings.TrimRight(string(n.open[:at]), " \t\r\n") + string(n.open[to+1:]))
	}
	return ok
}

// attrEscaper makes a text safe between quotes of either kind.
var attrEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "'", "&apos;", "\n", "&#10;", "\t", "&#9;", "\r", "&#13;")

// text is an element's text, entities resolved.
func (n *node) text() string {
	var b strings.Builder
	for _, c := range n.children {
		if c.name == "" && !bytes.HasPrefix(c.open, []byte("<")) {
			b.WriteString(html.UnescapeString(string(c.open)))
		}
	}
	return b.String()
}

// elements are the children that are elements.
func (n *node) elements() []*node {
	var out []*node
	for _, c := range n.children {
		if c.name != "" {
			out = append(out, c)
		}
	}
	return out
}

// decimalText reads a positive position.
func decimalText(text string) (int, bool) {
	v, err := strconv.Atoi(text)
	return v, err == nil && v > 0
}

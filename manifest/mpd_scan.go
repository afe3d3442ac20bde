package manifest

import (
	"bytes"
	"strings"
)

// xmlTag is one start or end tag of an XML text, found without decoding it.
type xmlTag struct {
	name       []byte // local
	start, end int    // the text between them is the tag, from < to >
	line       int
	closing    bool // </name>
	empty      bool // <name/>

	attrs   []byte // what stands behind the name
	attrsAt int
}

// eachTag visits the tags of an XML text in order, past comments, CDATA and
// processing instructions. It goes as far as the text is well formed: the
// decoders judge the rest.
func eachTag(body []byte, visit func(*xmlTag) *Error) *Error {
	line := 1
	for at := 0; ; {
		i := bytes.IndexByte(body[at:], '<')
		if i < 0 {
			return nil
		}
		line += bytes.Count(body[at:at+i], []byte("\n"))
		at += i
		end, kind := markupEnd(body, at)
		if end < 0 {
			return nil
		}
		if kind == '!' && bytes.HasPrefix(body[at:], []byte("<!DOCTYPE")) && bytes.IndexByte(body[at:end], '[') >= 0 {
			return unsupported(line, "a DOCTYPE that declares entities")
		}
		if kind == 't' {
			t := newTag(body, at, end, line)
			if bad := visit(&t); bad != nil {
				return bad
			}
		}
		line += bytes.Count(body[at:end], []byte("\n"))
		at = end
	}
}

// markupEnd is where the markup at body[at] ends and what it is: a tag 't', a
// declaration, comment or CDATA '!', a processing instruction '?'.
func markupEnd(body []byte, at int) (end int, kind byte) {
	rest := body[at:]
	until := func(mark string, kind byte) (int, byte) {
		i := bytes.Index(rest, []byte(mark))
		if i < 0 {
			return -1, kind
		}
		return at + i + len(mark), kind
	}
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		rest = rest[4:]
		at += 4
		return until("-->", '!')
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return until("]]>", '!')
	case bytes.HasPrefix(rest, []byte("<!")):
		return until(">", '!')
	case bytes.HasPrefix(rest, []byte("<?")):
		return until("?>", '?')
	}
	for i := at + 1; i < len(body); i++ {
		switch c := body[i]; c {
		case '>':
			return i + 1, 't'
		case '"', '\'':
			n := bytes.IndexByte(body[i+1:], c)
			if n < 0 {
				return -1, 't'
			}
			i += n + 1
		}
	}
	return -1, 't'
}

func newTag(body []byte, start, end, line int) xmlTag {
	t := xmlTag{start: start, end: end, line: line}
	from, to := start+1, end-1
	if from < to && body[from] == '/' {
		t.closing = true
		from++
	}
	if to > from && body[to-1] == '/' {
		t.empty = true
		to--
	}
	stop := from
	for stop < to && body[stop] > ' ' {
		stop++
	}
	t.name = body[from:stop]
	if colon := bytes.LastIndexByte(t.name, ':'); colon >= 0 {
		t.name = t.name[colon+1:]
	}
	t.attrs, t.attrsAt = body[stop:to], stop
	return t
}

// eachAttr visits the attributes: the local name, the value as written, and
// where the whole attribute and its value begin in the text.
func (t *xmlTag) eachAttr(visit func(name, value []byte, at, valueAt int) *Error) *Error {
	text, at := t.attrs, t.attrsAt
	for {
		equals := bytes.IndexByte(text, '=')
		if equals < 0 {
			return nil
		}
		raw := bytes.TrimLeft(text[:equals], " \t\r\n")
		nameAt := at + equals - len(raw)
		name := bytes.TrimRight(raw, " \t\r\n")
		if colon := bytes.LastIndexByte(name, ':'); colon >= 0 {
			name = name[colon+1:]
		}
		open := equals + 1
		for open < len(text) && text[open] <= ' ' {
			open++
		}
		if open >= len(text) || text[open] != '"' && text[open] != '\'' {
			return nil
		}
		n := bytes.IndexByte(text[open+1:], text[open])
		if n < 0 {
			return nil
		}
		if bad := visit(name, text[open+1:open+1+n], nameAt, at+open+1); bad != nil {
			return bad
		}
		text, at = text[open+n+2:], at+open+n+2
	}
}

// asUTF8 refuses encodings other than UTF-8 by name. Other names of it, and
// ASCII, which is part of it, become "utf-8", the one that decoders know.
func asUTF8(body []byte) ([]byte, *Error) {
	text := bytes.TrimLeft(body[:min(len(body), 1024)], " \t\r\n")
	if !bytes.HasPrefix(text, []byte("<?xml")) {
		return body, nil
	}
	skipped := len(body[:min(len(body), 1024)]) - len(text)
	end := bytes.Index(text, []byte("?>"))
	if end < 0 {
		return body, nil
	}
	declaration := newTag(body, skipped, skipped+end+1, 1)
	clean := body
	bad := declaration.eachAttr(func(name, value []byte, _, at int) *Error {
		if string(name) != "encoding" {
			return nil
		}
		switch encoding := strings.ToLower(string(value)); encoding {
		case "utf-8":
		case "utf8", "us-ascii", "ascii":
			clean = bytes.Join([][]byte{body[:at], []byte("utf-8"), body[at+len(value):]}, nil)
		default:
			return unsupported(1, "encoding %s: manifests must be in UTF-8", quote(string(value)))
		}
		return nil
	})
	return clean, bad
}

package scenarios

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a file may hold. The YAML parser takes time quadratic in nesting and
// accepts aliases that multiply without end, so both are bounded before and while
// it is read.
const (
	maxFile    = 256 << 10 // bytes
	maxTokens  = 12_000    // words and signs
	maxAnchors = 50
	maxNesting = 40     // brackets, or dashes in a row
	maxNodes   = 20_000 // values read, aliases followed
	maxDepth   = 40     // of values
)

// Parse reads a scenario file. What it does not say is as in [Default]; what it
// says must be known, of the right type and make sense together. name is what
// errors call the file. All errors are *Error or join several.
func Parse(name string, data []byte) (Scenario, error) {
	d := &decoder{file: name, source: data, places: make(map[string]*token.Token), anchors: make(map[string]ast.Node)}
	root, err := d.parse()
	if err != nil {
		return Scenario{}, err
	}
	s := fileBase()
	if err := d.decode("", root, reflect.ValueOf(&s).Elem()); err != nil {
		return Scenario{}, err
	}
	if len(s.Expect) > 0 && d.places["thresholds"] == nil {
		s.Thresholds = []Threshold{} // the default's speak of viewers who notice nothing
	}
	s.settle()
	if f := s.faults(); len(f) > 0 {
		return Scenario{}, d.locate(errors.Join(f...))
	}
	return s, nil
}

// fileBase is what a file that says nothing says: the default without what speaks
// of the default scenario itself.
func fileBase() Scenario {
	s := Default()
	s.Version, s.Name, s.Title, s.Why, s.Watch, s.Group = 0, "", "", "", "", ""
	return s
}

// parse is the syntax: bytes to one tree.
func (d *decoder) parse() (ast.Node, error) {
	if len(d.source) > maxFile {
		return nil, &Error{File: d.file, Problem: fmt.Sprintf("file is %d bytes long, at most %d are read", len(d.source), maxFile)}
	}
	tokens := lexer.Tokenize(string(d.source))
	if err := d.bound(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, d.syntax(err)
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		return nil, &Error{File: d.file, Problem: "file is empty", Hint: "the shortest scenario is: version: 1"}
	case 1:
		return bodies[0], nil
	}
	return nil, d.fail("", bodies[1], "a file holds one scenario, this one goes on", "put each scenario into a file of its own")
}

// bound refuses what would take the parser long.
func (d *decoder) bound(tokens token.Tokens) error {
	nesting, dashes, anchors := 0, 0, 0
	for i, tk := range tokens {
		dashes++
		if tk.Type != token.SequenceEntryType {
			dashes = 0
		}
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			nesting++
		case token.SequenceEndType, token.MappingEndType:
			nesting--
		case token.AnchorType:
			anchors++
		}
		what := ""
		switch {
		case i >= maxTokens:
			what = fmt.Sprintf("file has more than %d words and signs", maxTokens)
		case nesting > maxNesting, dashes > maxNesting:
			what = fmt.Sprintf("values are nested more than %d deep", maxNesting)
		case anchors > maxAnchors:
			what = fmt.Sprintf("file has more than %d anchors", maxAnchors)
		}
		if what != "" {
			return d.at(tk, "", what, "")
		}
	}
	return nil
}

// syntax turns the parser's error into ours.
func (d *decoder) syntax(err error) error {
	var at yaml.Error
	if errors.As(err, &at) {
		return d.at(at.GetToken(), "", at.GetMessage(), "")
	}
	return &Error{File: d.file, Problem: err.Error()}
}

// at is an error at a token.
func (d *decoder) at(tk *token.Token, key, problem, hint string) *Error {
	e := &Error{File: d.file, Key: key, Problem: problem, Hint: hint}
	if tk != nil && tk.Position != nil && d.file != "" {
		e.Line, e.Column = tk.Position.Line, tk.Position.Column
		e.excerpt = excerptOf(d.source, e.Line, e.Column)
	}
	return e
}

// fail is an error at a value, or at the first key of one that begins there.
func (d *decoder) fail(key string, n ast.Node, problem, hint string) *Error {
	tk := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		tk = m.Values[0].Key.GetToken()
	}
	return d.at(tk, key, problem, hint)
}

// secret is the error of a secret that stands in a file. It shows no excerpt:
// errors end up in logs.
func (d *decoder) secret(key string, n ast.Node, problem, hint string) *Error {
	e := d.fail(key, n, problem, hint)
	e.excerpt = ""
	return e
}

// locate gives each error of Validate its place in the file: that of its key, or
// of the nearest key around it.
func (d *decoder) locate(err error) error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var errs []error
		for _, e := range joined.Unwrap() {
			errs = append(errs, d.locate(e))
		}
		return errors.Join(errs...)
	}
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	for key := e.Key; ; key = parent(key) {
		if tk := d.places[key]; tk != nil {
			placed := d.at(tk, e.Key, e.Problem, e.Hint)
			if e.secret {
				placed.excerpt = ""
			}
			return placed
		}
		if key == "" {
			return &Error{File: d.file, Key: e.Key, Problem: e.Problem, Hint: e.Hint}
		}
	}
}

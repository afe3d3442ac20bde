package scenarios

import _ "embed"

//go:embed schema.json
var schema string

// Schema is the JSON Schema (2020-12) of scenario files, for editors:
//
//	# yaml-language-server: $schema=schema.json
//
// It knows keys and types; what makes sense together only Parse knows.
func Schema() []byte { return []byte(schema) }

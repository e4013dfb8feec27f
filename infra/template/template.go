// Package template reads a CloudFormation or SAM template and says what it comes
// to for given parameters: which resources there are, with which properties, and
// what each function may do. Tests stand on it: those of the template itself, and
// those that make a table and queues from the template's own properties.
//
// It knows the intrinsic functions that Zhida's templates use and refuses the
// others. A reference to what is not there, or whose condition is false, is an
// error. What AWS would make up (ids, addresses, ARNs) is made up here in the same
// shape; Inputs.Attribute puts a test's own in its place.
package template

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Template is a template as it is written.
type Template struct {
	Parameters map[string]Parameter
	Outputs    []string // names, sorted
	Order      []string // names of the resources, as they stand in the file

	dir        string // where addresses of other templates start
	root       *yaml.Node
	lines      []string
	rules      map[string]any
	conditions map[string]any
	resources  map[string]definition
	outputs    map[string]any
	globals    any // of functions
}

// Parameter is what a deployment may choose.
type Parameter struct {
	Type           string
	Description    string
	Default        *string // nil for one that must be given
	AllowedPattern string
	AllowedValues  []string
	Bounds         []string // MinValue and MaxValue, where it has them
}

// definition is a resource as it is written.
type definition struct {
	kind       string
	condition  string // "" for none
	properties any
	attributes map[string]any // DeletionPolicy, Metadata and the like
}

// Load reads a template.
func Load(path string) (*Template, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("template.Load: %w", err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(raw, &document); err != nil {
		return nil, fmt.Errorf("template.Load: %s: %w", path, err)
	}
	t := &Template{dir: filepath.Dir(path), root: &document, lines: strings.Split(string(raw), "\n"), resources: map[string]definition{}}
	whole, err := value(document.Content[0])
	if err != nil {
		return nil, fmt.Errorf("template.Load: %s: %w", path, err)
	}
	sections, ok := whole.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("template.Load: %s is not a template", path)
	}
	t.rules, t.conditions, t.outputs = object(sections["Rules"]), object(sections["Conditions"]), object(sections["Outputs"])
	t.globals = object(sections["Globals"])["Function"]
	t.Outputs = slices.Sorted(maps.Keys(t.outputs))
	t.Parameters = parameters(object(sections["Parameters"]))
	for name, written := range object(sections["Resources"]) {
		t.resources[name] = define(object(written))
	}
	t.Order = keys(child(document.Content[0], "Resources"))
	return t, nil
}

func parameters(written map[string]any) map[string]Parameter {
	all := map[string]Parameter{}
	for name, one := range written {
		of := object(one)
		p := Parameter{Type: text(of["Type"]), Description: text(of["Description"]), AllowedPattern: text(of["AllowedPattern"])}
		if chosen, ok := of["Default"]; ok {
			d := text(chosen)
			p.Default = &d
		}
		values, _ := of["AllowedValues"].([]any)
		for _, v := range values {
			p.AllowedValues = append(p.AllowedValues, text(v))
		}
		for _, bound := range []string{"MinValue", "MaxValue"} {
			if v, ok := of[bound]; ok {
				p.Bounds = append(p.Bounds, text(v))
			}
		}
		all[name] = p
	}
	return all
}

func define(written map[string]any) definition {
	d := definition{kind: text(written["Type"]), condition: text(written["Condition"]), properties: written["Properties"]}
	d.attributes = maps.Clone(written)
	delete(d.attributes, "Properties")
	return d
}

// Kind is a resource's type, "" if there is no such resource.
func (t *Template) Kind(name string) string { return t.resources[name].kind }

// Condition names the condition a resource depends on, "" for none.
func (t *Template) Condition(name string) string { return t.resources[name].condition }

// DependsOn names the resources that are made before this one, beyond those it refers to.
func (t *Template) DependsOn(name string) []string {
	return texts(t.resources[name].attributes["DependsOn"])
}

// Attribute is what a resource says beside its properties, such as its DeletionPolicy.
func (t *Template) Attribute(name, attribute string) string {
	return text(t.resources[name].attributes[attribute])
}

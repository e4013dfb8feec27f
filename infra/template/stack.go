package template

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Function is the type of SAM's functions.
const Function = "AWS::Serverless::Function"

// Stack is what a template comes to.
type Stack struct {
	Resources []Resource        // whose conditions hold, in the file's order
	Outputs   map[string]string // whose conditions hold

	template *Template
}

// Resource is one thing that is made. Properties hold maps, lists, texts, numbers
// and booleans; nothing is left to resolve.
type Resource struct {
	Name       string // in the template
	Type       string
	Properties map[string]any
}

// Of returns the resources of a type.
func (s *Stack) Of(kind string) []Resource {
	var all []Resource
	for _, r := range s.Resources {
		if r.Type == kind {
			all = append(all, r)
		}
	}
	return all
}

// Resource finds a resource by its name in the template.
func (s *Stack) Resource(name string) (Resource, error) {
	for _, r := range s.Resources {
		if r.Name == name {
			return r, nil
		}
	}
	return Resource{}, fmt.Errorf("template: the stack has no resource %s", name)
}

// Decode fills a value of one's own with the properties, by their names as in
// JSON: an input of the SDK, say. What it has no field for is left out.
func (r Resource) Decode(into any) error {
	text, err := json.Marshal(r.Properties)
	if err != nil {
		return fmt.Errorf("template: %s: %w", r.Name, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("template: %s: %w", r.Name, err)
	}
	return nil
}

// Text is a property by its path (keys and positions, with dots between), as a text;
// "" if it is not there.
func (r Resource) Text(path string) string { return text(r.Value(path)) }

// Value is a property by its path; nil if it is not there.
func (r Resource) Value(path string) any {
	var at any = r.Properties
	for step := range strings.SplitSeq(path, ".") {
		list, isList := at.([]any)
		if i, err := strconv.Atoi(step); isList && err == nil && i >= 0 && i < len(list) {
			at = list[i]
			continue
		}
		at = object(at)[step]
	}
	return at
}

// Texts are the elements of a property that is a list, or the one that stands alone.
func (r Resource) Texts(path string) []string { return texts(r.Value(path)) }

// Flat returns the properties as texts, maps and lists as JSON: the form that SQS
// wants a queue's attributes in.
func (r Resource) Flat() (map[string]string, error) {
	flat := map[string]string{}
	for key, v := range r.Properties {
		switch v.(type) {
		case map[string]any, []any:
			encoded, err := json.Marshal(v)
			if err != nil {
				return nil, fmt.Errorf("template: %s: %w", r.Name, err)
			}
			flat[key] = string(encoded)
		default:
			flat[key] = text(v)
		}
	}
	return flat, nil
}

// Environment is what a function finds in its environment.
func (s *Stack) Environment(function string) (map[string]string, error) {
	r, err := s.Resource(function)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for key, v := range object(r.Value("Environment.Variables")) {
		all[key] = text(v)
	}
	return all, nil
}

// Statement is one grant, or refusal, of a policy.
type Statement struct {
	Effect    string
	Actions   []string
	Resources []string
}

// Policies returns what the role of a function may do. Roles are the template's
// own, so that what stands there is all there is.
func (s *Stack) Policies(function string) ([]Statement, error) {
	role, err := s.Role(function)
	if err != nil {
		return nil, err
	}
	return role.Grants(), nil
}

// Role finds a function's role, which must be one of the template.
func (s *Stack) Role(function string) (Resource, error) {
	if _, err := s.Resource(function); err != nil {
		return Resource{}, err
	}
	written := object(object(s.template.resources[function].properties)["Role"])
	of := texts(written["Fn::GetAtt"])
	if len(of) != 2 || s.template.resources[of[0]].kind != "AWS::IAM::Role" {
		return Resource{}, fmt.Errorf("template: %s has no role of this template", function)
	}
	return s.Resource(of[0])
}

// Grants are the statements of a role's own policies.
func (r Resource) Grants() []Statement {
	var all []Statement
	policies, _ := r.Value("Policies").([]any)
	for _, p := range policies {
		statements, _ := object(object(p)["PolicyDocument"])["Statement"].([]any)
		for _, one := range statements {
			of := object(one)
			all = append(all, Statement{Effect: text(of["Effect"]), Actions: texts(of["Action"]), Resources: texts(of["Resource"])})
		}
	}
	return all
}

// Source is a queue that feeds a function.
type Source struct {
	Name    string // of the event in the template
	Queue   string // ARN
	Batch   int
	AtOnce  int  // invocations at the same time; 0 for no limit
	Partial bool // the function reports which messages failed
}

// Sources are the queues that feed a function, by name.
func (s *Stack) Sources(function string) ([]Source, error) {
	r, err := s.Resource(function)
	if err != nil {
		return nil, err
	}
	var all []Source
	for name, event := range object(r.Value("Events")) {
		if text(object(event)["Type"]) != "SQS" {
			continue
		}
		of := Resource{Name: name, Properties: object(object(event)["Properties"])}
		all = append(all, Source{
			Name: name, Queue: of.Text("Queue"), Batch: number(of.Text("BatchSize")), AtOnce: number(of.Text("ScalingConfig.MaximumConcurrency")),
			Partial: slices.Contains(of.Texts("FunctionResponseTypes"), "ReportBatchItemFailures"),
		})
	}
	slices.SortFunc(all, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// number is 0 for what is none.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

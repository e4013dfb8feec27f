package template

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Inputs are what a deployment is made with.
type Inputs struct {
	Parameters map[string]string // those without a default must be there
	Place      Place             // the zero Place is somewhere in the partition aws

	// Attribute puts what it returns in the place of a resource's own attribute; ""
	// stands for what Ref gives. It may be nil.
	Attribute func(r Resource, attribute string) (string, bool)
}

// Evaluate says what the template comes to. Errors name everything that
// CloudFormation would refuse and this can see.
func (t *Template) Evaluate(in Inputs) (*Stack, error) {
	in.Place = in.Place.whole()
	e := &evaluator{t: t, in: in, values: map[string]any{}, truths: map[string]bool{}, deciding: map[string]bool{}}
	var wrong []error
	for name, p := range t.Parameters {
		v, err := p.accept(name, in.Parameters)
		e.values[name] = v
		wrong = append(wrong, err)
	}
	for name := range in.Parameters {
		if _, known := t.Parameters[name]; !known {
			wrong = append(wrong, fmt.Errorf("there is no parameter %s", name))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, fmt.Errorf("template.Evaluate: %w", err)
	}
	if err := e.checkRules(); err != nil {
		return nil, fmt.Errorf("template.Evaluate: %w", err)
	}
	s, err := e.stack()
	if err != nil {
		return nil, fmt.Errorf("template.Evaluate: %w", err)
	}
	return s, nil
}

// accept checks what is given for a parameter as CloudFormation does.
func (p Parameter) accept(name string, given map[string]string) (any, error) {
	v, ok := given[name]
	if !ok {
		if p.Default == nil {
			return nil, fmt.Errorf("the parameter %s must be given", name)
		}
		v = *p.Default
	}
	elements := []string{v}
	if p.Type == "CommaDelimitedList" {
		elements = strings.Split(v, ",")
	}
	list := make([]any, len(elements))
	for i, one := range elements {
		if err := p.allows(one); err != nil {
			return nil, fmt.Errorf("the parameter %s: %w", name, err)
		}
		list[i] = one
	}
	if p.Type == "CommaDelimitedList" {
		return list, nil
	}
	return v, nil
}

func (p Parameter) allows(v string) error {
	if p.AllowedPattern != "" {
		whole, err := regexp.Compile(`^(?:` + p.AllowedPattern + `)$`)
		if err != nil {
			return err
		}
		if !whole.MatchString(v) {
			return fmt.Errorf("%q does not match %s", v, p.AllowedPattern)
		}
	}
	if len(p.AllowedValues) > 0 && !slices.Contains(p.AllowedValues, v) {
		return fmt.Errorf("%q is none of %q", v, p.AllowedValues)
	}
	if p.Type != "Number" {
		return nil
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return fmt.Errorf("%q is no number", v)
	}
	for i, bound := range p.Bounds {
		limit, err := strconv.ParseFloat(bound, 64)
		if err != nil || i == 0 && n < limit || i == 1 && n > limit {
			return fmt.Errorf("%s is not within %v", v, p.Bounds)
		}
	}
	return nil
}

// evaluator holds what is known of one deployment.
type evaluator struct {
	t        *Template
	in       Inputs
	values   map[string]any  // of parameters
	truths   map[string]bool // of conditions
	deciding map[string]bool
}

func (e *evaluator) stack() (*Stack, error) {
	s := &Stack{Outputs: map[string]string{}, template: e.t}
	var wrong []error
	for _, name := range e.t.Order {
		there, err := e.there(name)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
			continue
		}
		if !there {
			continue
		}
		r, err := e.resource(name)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
		}
		s.Resources = append(s.Resources, r)
	}
	for name, written := range e.t.outputs {
		of := object(written)
		if there, err := e.holds(text(of["Condition"])); err != nil || !there {
			wrong = append(wrong, err)
			continue
		}
		v, err := e.resolve(of["Value"])
		if err != nil {
			wrong = append(wrong, fmt.Errorf("output %s: %w", name, err))
		}
		s.Outputs[name] = text(v)
	}
	return s, errors.Join(wrong...)
}

// there reports whether a resource's condition holds.
func (e *evaluator) there(name string) (bool, error) { return e.holds(e.t.resources[name].condition) }

func (e *evaluator) resource(name string) (Resource, error) {
	d := e.t.resources[name]
	r := Resource{Name: name, Type: d.kind}
	written := object(d.properties)
	if d.kind == Function {
		written = merge(object(e.t.globals), written)
	}
	v, err := e.resolve(written)
	if err != nil {
		return r, err
	}
	r.Properties = object(v)
	for _, other := range e.t.DependsOn(name) {
		if err := e.known(other); err != nil {
			return r, err
		}
	}
	return r, nil
}

// merge puts a function's own settings over the global ones, as SAM does: maps key
// by key, the rest whole.
func merge(global, own map[string]any) map[string]any {
	all := map[string]any{}
	for k, v := range global {
		all[k] = v
	}
	for k, v := range own {
		over, isMap := v.(map[string]any)
		under, wasMap := all[k].(map[string]any)
		if isMap && wasMap {
			all[k] = merge(under, over)
			continue
		}
		all[k] = v
	}
	return all
}

// known is an error for a resource that is not there.
func (e *evaluator) known(name string) error {
	if _, ok := e.t.resources[name]; !ok {
		return fmt.Errorf("it refers to %s, which is neither resource nor parameter", name)
	}
	there, err := e.there(name)
	if err == nil && !there {
		err = fmt.Errorf("it refers to %s, whose condition is false", name)
	}
	return err
}

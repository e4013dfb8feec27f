package template

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// absent is what AWS::NoValue comes to: the key or element is left out.
type absent struct{}

// resolve returns a value with its intrinsic functions carried out.
func (e *evaluator) resolve(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if name, argument, ok := intrinsic(v); ok {
			return e.call(name, argument)
		}
		all := make(map[string]any, len(v))
		for key, one := range v {
			r, err := e.resolve(one)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			if r != (any)(absent{}) {
				all[key] = r
			}
		}
		return all, nil
	case []any:
		all := make([]any, 0, len(v))
		for i, one := range v {
			r, err := e.resolve(one)
			if err != nil {
				return nil, fmt.Errorf("%d: %w", i, err)
			}
			if r != (any)(absent{}) {
				all = append(all, r)
			}
		}
		return all, nil
	default:
		return v, nil
	}
}

func intrinsic(v map[string]any) (name string, argument any, ok bool) {
	for key, one := range v {
		name, argument = key, one
	}
	return name, argument, len(v) == 1 && (name == "Ref" || strings.HasPrefix(name, "Fn::"))
}

func (e *evaluator) call(name string, argument any) (any, error) {
	switch name {
	case "Ref":
		return e.ref(text(argument))
	case "Fn::GetAtt":
		parts := texts(argument)
		if len(parts) < 2 {
			return nil, fmt.Errorf("the function GetAtt wants a resource and an attribute")
		}
		return e.attribute(parts[0], strings.Join(parts[1:], "."))
	case "Fn::Sub":
		return e.sub(argument)
	case "Fn::If":
		return e.choose(argument)
	case "Fn::Join":
		return e.join(argument)
	case "Fn::Select":
		return e.pick(argument)
	case "Fn::Split":
		return e.split(argument)
	default:
		return nil, fmt.Errorf("the function %s is not known here", name)
	}
}

func (e *evaluator) ref(name string) (any, error) {
	if strings.HasPrefix(name, "AWS::") {
		return e.in.Place.pseudo(name)
	}
	if v, ok := e.values[name]; ok {
		return v, nil
	}
	return e.attribute(name, "")
}

var placeholder = regexp.MustCompile(`\$\{(!?)([^}]*)\}`)

func (e *evaluator) sub(argument any) (any, error) {
	pattern, own := argument, map[string]any{}
	if list, ok := argument.([]any); ok {
		if len(list) != 2 {
			return nil, fmt.Errorf("the function Sub wants a text and its variables")
		}
		pattern, own = list[0], object(list[1])
	}
	var wrong error
	filled := placeholder.ReplaceAllStringFunc(text(pattern), func(found string) string {
		m := placeholder.FindStringSubmatch(found)
		if m[1] == "!" {
			return "${" + m[2] + "}"
		}
		v, err := e.variable(strings.TrimSpace(m[2]), own)
		if err != nil && wrong == nil {
			wrong = err
		}
		return text(v)
	})
	return filled, wrong
}

func (e *evaluator) variable(name string, own map[string]any) (any, error) {
	if v, ok := own[name]; ok {
		return e.resolve(v)
	}
	if of, attribute, dotted := strings.Cut(name, "."); dotted {
		return e.attribute(of, attribute)
	}
	return e.ref(name)
}

func (e *evaluator) choose(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) != 3 {
		return nil, fmt.Errorf("the function If wants a condition and two values")
	}
	holds, err := e.holds(text(list[0]))
	if err != nil {
		return nil, err
	}
	if holds {
		return e.resolve(list[1])
	}
	return e.resolve(list[2])
}

func (e *evaluator) join(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) != 2 {
		return nil, fmt.Errorf("the function Join wants a separator and a list")
	}
	parts, err := e.resolve(list[1])
	return strings.Join(texts(parts), text(list[0])), err
}

func (e *evaluator) split(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) != 2 {
		return nil, fmt.Errorf("the function Split wants a separator and a text")
	}
	whole, err := e.resolve(list[1])
	var parts []any
	for _, one := range strings.Split(text(whole), text(list[0])) {
		parts = append(parts, one)
	}
	return parts, err
}

func (e *evaluator) pick(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) != 2 {
		return nil, fmt.Errorf("the function Select wants a position and a list")
	}
	from, err := e.resolve(list[1])
	if err != nil {
		return nil, err
	}
	values := texts(from)
	i, err := strconv.Atoi(text(list[0]))
	if err != nil || i < 0 || i >= len(values) {
		return nil, fmt.Errorf("there is no position %s among %d", text(list[0]), len(values))
	}
	return values[i], nil
}

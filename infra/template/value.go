package template

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// value turns a node into maps, lists and scalars. A short form (!Sub text) is its
// long form ({Fn::Sub: text}).
func value(n *yaml.Node) (any, error) {
	if n.Kind == yaml.AliasNode {
		return nil, fmt.Errorf("line %d: CloudFormation knows no aliases", n.Line)
	}
	plain, err := untagged(n)
	if err != nil || !strings.HasPrefix(n.Tag, "!") || strings.HasPrefix(n.Tag, "!!") {
		return plain, err
	}
	name := strings.TrimPrefix(n.Tag, "!")
	switch name {
	case "Ref", "Condition":
	case "GetAtt":
		if dotted, ok := plain.(string); ok {
			of, attribute, _ := strings.Cut(dotted, ".")
			plain = []any{of, attribute}
		}
		name = "Fn::GetAtt"
	default:
		name = "Fn::" + name
	}
	return map[string]any{name: plain}, nil
}

func untagged(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := m[key]; twice {
				return nil, fmt.Errorf("line %d: %s stands here twice", n.Content[i].Line, key)
			}
			v, err := value(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			m[key] = v
		}
		return m, nil
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, one := range n.Content {
			v, err := value(one)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	default:
		return scalar(n)
	}
}

// scalar keeps numbers and booleans apart from texts, as the SDK's types want them.
func scalar(n *yaml.Node) (any, error) {
	switch {
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return n.Value, nil
	case n.Tag == "!!bool":
		return n.Value == "true", nil
	case n.Tag == "!!int":
		return strconv.ParseInt(n.Value, 0, 64)
	case n.Tag == "!!float":
		return strconv.ParseFloat(n.Value, 64)
	default:
		return n.Value, nil
	}
}

// object is v if it is a map, else an empty one.
func object(v any) map[string]any {
	if m, ok := v.(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

// text is a scalar as it is written; "" for nil and for what is no scalar.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return ""
	}
}

// texts are the elements of a list, or the one scalar.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		if v == nil {
			return nil
		}
		return []string{text(v)}
	}
	all := make([]string, 0, len(list))
	for _, one := range list {
		all = append(all, text(one))
	}
	return all
}

// child finds what a mapping holds under a key; nil if it has none.
func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// keys are a mapping's keys in their order.
func keys(n *yaml.Node) []string {
	var all []string
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		all = append(all, n.Content[i].Value)
	}
	return all
}

package template

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// inRules are the functions that this file knows of those that CloudFormation carries out in
// Rules: it does so before there are conditions or resources.
// Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
var inRules = []string{"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or", "Ref"}

// checkRules is an error for each assertion that does not hold, in the template's words.
func (e *evaluator) checkRules() error {
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(e.t.rules)) {
		if err := e.checkRule(object(e.t.rules[name])); err != nil {
			wrong = append(wrong, fmt.Errorf("rule %s: %w", name, err))
		}
	}
	return errors.Join(wrong...)
}

func (e *evaluator) checkRule(rule map[string]any) error {
	if err := e.fitsRules(rule); err != nil {
		return err
	}
	if when, ok := rule["RuleCondition"]; ok {
		if applies, err := e.decide(when); err != nil || !applies {
			return err
		}
	}
	assertions, _ := rule["Assertions"].([]any)
	if len(assertions) == 0 {
		return errors.New("it asserts nothing")
	}
	for _, one := range assertions {
		holds, err := e.decide(object(one)["Assert"])
		if err != nil {
			return err
		}
		if !holds {
			return errors.New(text(object(one)["AssertDescription"]))
		}
	}
	return nil
}

// fitsRules refuses what CloudFormation does not carry out in Rules.
func (e *evaluator) fitsRules(v any) error {
	switch v := v.(type) {
	case map[string]any:
		if _, named := v["Condition"]; named {
			return errors.New("a rule knows no conditions")
		}
		if name, argument, ok := intrinsic(v); ok {
			if _, given := e.values[text(argument)]; !slices.Contains(inRules, name) || name == "Ref" && !given {
				return fmt.Errorf("%s %v does not go in a rule", name, argument)
			}
		}
		for _, one := range v {
			if err := e.fitsRules(one); err != nil {
				return err
			}
		}
	case []any:
		for _, one := range v {
			if err := e.fitsRules(one); err != nil {
				return err
			}
		}
	}
	return nil
}

package template

import "fmt"

// holds decides a condition by its name; the empty name always holds.
func (e *evaluator) holds(name string) (bool, error) {
	if name == "" {
		return true, nil
	}
	if truth, known := e.truths[name]; known {
		return truth, nil
	}
	written, ok := e.t.conditions[name]
	if !ok {
		return false, fmt.Errorf("there is no condition %s", name)
	}
	if e.deciding[name] {
		return false, fmt.Errorf("the condition %s depends on itself", name)
	}
	e.deciding[name] = true
	truth, err := e.decide(written)
	e.truths[name] = truth
	return truth, err
}

func (e *evaluator) decide(written any) (bool, error) {
	for name, argument := range object(written) {
		list, _ := argument.([]any)
		switch name {
		case "Condition":
			return e.holds(text(argument))
		case "Fn::Equals":
			return e.equal(list)
		case "Fn::Not":
			if len(list) != 1 {
				return false, fmt.Errorf("the function Not wants one condition")
			}
			truth, err := e.decide(list[0])
			return !truth, err
		case "Fn::And", "Fn::Or":
			return e.several(name == "Fn::And", list)
		}
	}
	return false, fmt.Errorf("%v is no condition", written)
}

func (e *evaluator) equal(list []any) (bool, error) {
	if len(list) != 2 {
		return false, fmt.Errorf("the function Equals wants two values")
	}
	one, err := e.resolve(list[0])
	if err != nil {
		return false, err
	}
	other, err := e.resolve(list[1])
	return text(one) == text(other), err
}

// several decides whether all of a list hold, or any.
func (e *evaluator) several(all bool, list []any) (bool, error) {
	if len(list) < 2 || len(list) > 10 {
		return false, fmt.Errorf("the functions And and Or want 2 to 10 conditions")
	}
	result := all
	for _, one := range list {
		truth, err := e.decide(one)
		if err != nil {
			return false, err
		}
		if truth != all {
			result = truth
		}
	}
	return result, nil
}

package platform

import "net/http"

// failure is an error of the API: the errors of
// https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html, whose status is
// 400 but for InternalServerException's. The messages are our own.
type failure struct {
	status       int
	Type         string  `json:"__type"`
	Message      string  `json:"Message"`
	Reason       string  `json:"Reason,omitempty"`
	Fields       []field `json:"Fields,omitempty"`
	ResourceType string  `json:"ResourceType,omitempty"`
	ResourceID   string  `json:"ResourceId,omitempty"`
	RequestID    string  `json:"RequestId,omitempty"`
}

// field is one that is wrong.
type field struct {
	Name    string `json:"Name"`
	Message string `json:"Message"`
}

const (
	namespace   = "com.amazonaws.pinpointsmsvoicev2#"
	validation  = "ValidationException"
	patternText = "does not match the pattern, or its length is out of range"
)

func failed(name, reason, message string) *failure {
	return &failure{status: http.StatusBadRequest, Type: namespace + name, Reason: reason, Message: message}
}

// invalid is of fields that are not as the API's reference says.
func invalid(fields ...field) *failure {
	f := failed(validation, "FIELD_VALIDATION_FAILED", "One or more fields are not valid.")
	f.Fields = fields
	return f
}

// refused is of a request that is as the reference says, and will not do.
func refused(reason, message string) *failure { return failed(validation, reason, message) }

func conflict(reason, resourceType, resource string) *failure {
	f := failed("ConflictException", reason, "The request conflicts with the state of the resource.")
	f.ResourceType, f.ResourceID = resourceType, resource
	return f
}

func notFound(resourceType, resource string) *failure {
	f := failed("ResourceNotFoundException", "", "A requested resource couldn't be found.")
	f.ResourceType, f.ResourceID = resourceType, resource
	return f
}

func throttled() *failure {
	return failed("ThrottlingException", "", "Too many requests were sent during a certain amount of time.")
}

func overSpent(reason string) *failure {
	return failed("ServiceQuotaExceededException", reason, "The monthly spend limit is reached.")
}

func internal() *failure {
	f := failed("InternalServerException", "", "An unexpected error; try again.")
	f.status = http.StatusInternalServerError
	return f
}

// common is of what all AWS services say, in no namespace of this one:
// https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/CommonErrors.html.
func common(status int, name, message string) *failure {
	return &failure{status: status, Type: name, Message: message}
}

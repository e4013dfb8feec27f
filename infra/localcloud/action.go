package localcloud

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// names are the parts of ARNs.
type names struct{ partition, region, account string }

func (n names) arn(service, rest string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", n.partition, service, n.region, n.account, rest)
}

// permission is one action on one resource, as IAM names them.
type permission struct{ action, resource string }

// operation splits X-Amz-Target into IAM's name of the service, and the operation.
func operation(r *http.Request) (service, name string) {
	target, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch {
	case strings.HasPrefix(target, "DynamoDB_"):
		return "dynamodb", name
	case target == "AmazonSQS":
		return "sqs", name
	case target == "secretsmanager":
		return "secretsmanager", name
	case target == "TrentService":
		return "kms", name
	case target == "PinpointSMSVoiceV2":
		return "sms-voice", name
	case strings.Contains(r.URL.Path, "/@connections/"):
		return "execute-api", r.Method
	case strings.Contains(r.Header.Get("Authorization"), "/s3/aws4_request"), strings.Contains(r.URL.Query().Get("X-Amz-Credential"), "/s3/aws4_request"):
		return "s3", r.Method // whoever follows a presigned link does what its signer may
	default:
		return "", target
	}
}

// permissions are what a caller must be allowed to do for a call, from the tables at
// https://docs.aws.amazon.com/service-authorization/latest/reference/.
func (n names) permissions(service, operation string, path string, body []byte) ([]permission, error) {
	switch service {
	case "dynamodb":
		return n.ofTable(operation, body)
	case "sqs":
		return n.ofQueue(operation, body)
	case "secretsmanager":
		return n.ofSecret(operation, body)
	case "kms":
		return n.ofKey(operation, body)
	case "sms-voice":
		return n.ofText(operation, body)
	case "execute-api":
		return n.ofConnection(operation, path)
	case "s3":
		return n.ofObject(operation, path, body)
	default:
		return nil, fmt.Errorf("nobody knows which permission this call needs: %s %s", operation, path)
	}
}

// ofKey: a call that opens something names no key, which the sealed thing knows; so the one
// that it says is wanted too, as our calls say it.
func (n names) ofKey(operation string, body []byte) ([]permission, error) {
	var in struct {
		Key string `json:"KeyId"`
	}
	if err := json.Unmarshal(body, &in); err != nil || !strings.HasPrefix(in.Key, "arn:") {
		return nil, fmt.Errorf("kms:%s names no key by its ARN", operation)
	}
	return []permission{{"kms:" + operation, in.Key}}, nil
}

// ofText: a message needs the number it comes from, whose id nobody here knows, its configuration
// set, and what AWS reads for it: https://docs.aws.amazon.com/sms-voice/latest/userguide/send-mms-message.html.
func (n names) ofText(operation string, body []byte) ([]permission, error) {
	var in struct {
		OriginationIdentity  string
		ConfigurationSetName string
		MediaURLs            []string `json:"MediaUrls"`
	}
	if err := json.Unmarshal(body, &in); err != nil || in.OriginationIdentity == "" {
		return nil, fmt.Errorf("sms-voice:%s names no number that it comes from", operation)
	}
	action := "sms-voice:" + operation
	all := []permission{{action, n.arn("sms-voice", "phone-number/phone-"+strings.TrimPrefix(in.OriginationIdentity, "+"))}}
	if in.ConfigurationSetName != "" {
		all = append(all, permission{action, n.arn("sms-voice", "configuration-set/"+in.ConfigurationSetName)})
	}
	for _, address := range in.MediaURLs {
		object, ok := strings.CutPrefix(address, "s3://")
		if !ok {
			return nil, fmt.Errorf("%s: %s is no object of S3", action, address)
		}
		all = append(all, permission{"s3:GetObject", n.ofBucket(object)})
	}
	return all, nil
}

// ofTable: a transaction needs what its parts need, and a query of an index is one
// on the index alone.
func (n names) ofTable(operation string, body []byte) ([]permission, error) {
	type item struct {
		TableName string
	}
	var in struct {
		TableName     string
		IndexName     string
		TransactItems []map[string]item
		RequestItems  map[string]json.RawMessage
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	var all []permission
	need := func(action, table, index string) {
		resource := "table/" + table
		if index != "" {
			resource += "/index/" + index
		}
		all = append(all, permission{"dynamodb:" + action, n.arn("dynamodb", resource)})
	}
	switch operation {
	case "TransactWriteItems", "TransactGetItems":
		actions := map[string]string{
			"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem",
		}
		for _, one := range in.TransactItems {
			for kind, of := range one {
				need(actions[kind], of.TableName, "")
			}
		}
	case "BatchGetItem", "BatchWriteItem":
		for table := range in.RequestItems {
			need(operation, table, "")
		}
	default:
		need(operation, in.TableName, in.IndexName)
	}
	return all, nil
}

func (n names) ofQueue(operation string, body []byte) ([]permission, error) {
	var in struct {
		URL  string `json:"QueueUrl"`
		Name string `json:"QueueName"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	name := in.Name
	if in.URL != "" {
		name = queueName(in.URL)
	}
	return []permission{{"sqs:" + strings.TrimSuffix(operation, "Batch"), n.arn("sqs", name)}}, nil
}

// queueName is the name in a queue's address.
func queueName(url string) string { return url[strings.LastIndexByte(url, '/')+1:] }

func (n names) ofSecret(operation string, body []byte) ([]permission, error) {
	var in struct {
		SecretID   string   `json:"SecretId"`
		SecretList []string `json:"SecretIdList"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	var all []permission
	if operation == "BatchGetSecretValue" {
		all = append(all, permission{"secretsmanager:BatchGetSecretValue", "*"})
		operation = "GetSecretValue"
	}
	for _, id := range append(in.SecretList, in.SecretID) {
		if id == "" {
			continue
		}
		if !strings.HasPrefix(id, "arn:") {
			id = n.arn("secretsmanager", "secret:"+id)
		}
		all = append(all, permission{"secretsmanager:" + operation, id})
	}
	return all, nil
}

// ofConnection: the path is /<api>/<stage>/@connections/<id>.
func (n names) ofConnection(method, path string) ([]permission, error) {
	parts := strings.SplitN(strings.TrimPrefix(path, "/"), "/", 4)
	if len(parts) != 4 {
		return nil, fmt.Errorf("%s is no address of a connection", path)
	}
	id, err := url.PathUnescape(parts[3])
	if err != nil {
		return nil, err
	}
	rest := strings.Join([]string{parts[0], parts[1], method, "@connections", id}, "/")
	return []permission{{"execute-api:ManageConnections", n.arn("execute-api", rest)}}, nil
}

// ofObjects: the body names what a call of DeleteObjects removes.
func (n names) ofObjects(bucket string, body []byte) ([]permission, error) {
	var in struct {
		Objects []struct{ Key string } `xml:"Object"`
	}
	if err := xml.Unmarshal(body, &in); err != nil || len(in.Objects) == 0 {
		return nil, errors.New("nobody knows which permission this call needs: it names no objects")
	}
	var all []permission
	for _, o := range in.Objects {
		all = append(all, permission{"s3:DeleteObject", n.ofBucket(bucket) + "/" + o.Key})
	}
	return all, nil
}

// ofObject: the path is /<bucket>/<key>. Whoever reads may list, or S3 answers
// "forbidden" where nothing is.
func (n names) ofObject(method, path string, body []byte) ([]permission, error) {
	bucket, key, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case key == "" && bucket != "" && method == http.MethodGet:
		return []permission{{"s3:ListBucket", n.ofBucket(bucket)}}, nil
	case key == "" && method == http.MethodPost:
		return n.ofObjects(bucket, body)
	}
	actions := map[string]string{http.MethodGet: "s3:GetObject", http.MethodHead: "s3:GetObject", http.MethodPut: "s3:PutObject", http.MethodDelete: "s3:DeleteObject"}
	if !ok || key == "" || actions[method] == "" {
		return nil, fmt.Errorf("nobody knows which permission this call needs: %s %s", method, path)
	}
	arn := n.ofBucket(bucket)
	all := []permission{{actions[method], arn + "/" + key}}
	if actions[method] == "s3:GetObject" {
		all = append(all, permission{"s3:ListBucket", arn})
	}
	return all, nil
}

// ofBucket: buckets' names are the world's, so their ARNs have no place.
func (n names) ofBucket(name string) string { return fmt.Sprintf("arn:%s:s3:::%s", n.partition, name) }

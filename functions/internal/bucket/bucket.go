// Package bucket is where pictures, voice notes and files are kept on AWS.
package bucket

import (
	"strconv"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/shared/blob/s3blob"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
)

// bucketName is the environment's name for the bucket.
const bucketName = "ZHIDA_MEDIA"

// Address says where in S3 media lie, as s3://bucket/key: for a provider that reads them there.
func Address(d *cloud.Deployment) func(conversation.Media) (string, bool) {
	return func(m conversation.Media) (string, bool) {
		return "s3://" + d.Environment(bucketName) + "/" + m.Key, m.Key != ""
	}
}

// days is the environment's name for how long media are kept, as the bucket's
// lifecycle counts.
const days = "ZHIDA_MEDIA_DAYS"

// Briskly is how long a call may take that looks at objects of a megabyte at most while
// somebody waits.
const Briskly = 3 * time.Second

// Media is the use case of media on the deployment's bucket, a call of which takes within
// at most; nil, and noted, where that cannot be made.
func Media(d *cloud.Deployment, values config.Config, within time.Duration) *media.Service {
	name := d.Need(bucketName, "the bucket of pictures and files")
	value := d.Need(days, "how many days pictures and files are kept")
	keep, err := strconv.Atoi(value)
	if value != "" && (err != nil || keep < 1) {
		d.Note(fault.New(fault.Config, days, "it is no number of days above 0"))
	}
	if keep < 1 || name == "" || values.Media == (config.Media{}) { // a zhida.yaml with mistakes has told them
		return nil
	}
	blobs, err := s3blob.New(s3blob.Options{
		Client: s3.NewFromConfig(d.AWS("S3"), inTime(within)), Bucket: name, Keep: time.Duration(keep) * 24 * time.Hour, Now: d.Now,
	})
	if err != nil {
		d.Note(err)
		return nil
	}
	taken, err := media.New(media.Options{
		Blobs: blobs, Limits: media.Limits{Picture: values.Media.Picture, File: values.Media.File, Most: values.Media.Most}, Log: d.Log(),
	})
	if err != nil {
		d.Note(err)
		return nil
	}
	return taken
}

// inTime bounds calls: nobody is served by the SDK's three attempts without end.
func inTime(within time.Duration) func(*s3.Options) {
	return func(o *s3.Options) {
		o.RetryMaxAttempts = 2
		o.HTTPClient = awshttp.NewBuildableClient().WithTimeout(within)
	}
}

"""Every call that has to be refused, by resource and code."""

from service import (
    errors_by_resource,
    errors_of_agents,
    errors_of_directories,
    errors_of_factors,
    errors_of_mail_servers,
    errors_of_organizations,
    errors_of_social_logins,
    errors_of_tokens,
    errors_of_workflows,
)

PRODUCED = {
    **errors_by_resource.PRODUCED,
    **errors_of_directories.PRODUCED,
    **errors_of_organizations.PRODUCED,
    **errors_of_workflows.PRODUCED,
    **errors_of_mail_servers.PRODUCED,
    **errors_of_social_logins.PRODUCED,
    **errors_of_tokens.PRODUCED,
    **errors_of_factors.PRODUCED,
    **errors_of_agents.PRODUCED,
}

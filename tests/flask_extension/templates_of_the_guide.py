"""The templates of the guide to Flask-Stormpath 0.4 ("The Most Basic Templates"), word for word."""

REGISTER = """\
<form method="post">
  {{ form.hidden_tag() }}

  {# This bit of code displays a list of error messages if anything bad happens. #}
  {% with messages = get_flashed_messages() %}
    {% if messages %}
      <ul>
        {% for message in messages %}
          <li>{{ message }}</li>
        {% endfor %}
      </ul>
    {% endif %}
  {% endwith %}

  {# This block of code renders the desired input boxes for registering users. #}
  {% if config['STORMPATH_ENABLE_USERNAME'] %}
    {% if config['STORMPATH_REQUIRE_USERNAME'] %}
      {{ form.username(placeholder='Username', required='true') }}
    {% else %}
      {{ form.username(placeholder='Username') }}
    {% endif %}
  {% endif %}
{% if config['STORMPATH_ENABLE_GIVEN_NAME'] %}
  {% if config['STORMPATH_REQUIRE_GIVEN_NAME'] %}
    {{ form.given_name(placeholder='First Name', required='true') }}
  {% else %}
    {{ form.given_name(placeholder='First Name') }}
  {% endif %}
{% endif %}
{% if config['STORMPATH_ENABLE_MIDDLE_NAME'] %}
  {% if config['STORMPATH_REQUIRE_MIDDLE_NAME'] %}
    {{ form.middle_name(placeholder='Middle Name', required='true') }}
  {% else %}
    {{ form.middle_name(placeholder='Middle Name') }}
  {% endif %}
{% endif %}
{% if config['STORMPATH_ENABLE_SURNAME'] %}
  {% if config['STORMPATH_REQUIRE_SURNAME'] %}
    {{ form.surname(placeholder='Last Name', required='true') }}
  {% else %}
    {{ form.surname(placeholder='Last Name') }}
  {% endif %}
{% endif %}
{{ form.email(placeholder='Email', required='true', type='email') }}
{{ form.password(placeholder='Password', required='true', type='password') }}

<button type="submit">Create Account</button>
</form>
"""

LOGIN = """\
{# Display errors (if there are any). #}
{% with messages = get_flashed_messages() %}
  {% if messages %}
    <ul>
      {% for message in messages %}
        <li>{{ message }}</li>
      {% endfor %}
    </ul>
  {% endif %}
{% endwith %}

{# Render the login form. #}
<form method="post">
  {{ form.hidden_tag() }}
  {% if config['STORMPATH_ENABLE_USERNAME'] %}
    {{ form.login(placeholder='Username or Email', required='true') }}
  {% else %}
    {{ form.login(placeholder='Email', required='true') }}
  {% endif %}
  {{ form.password(placeholder='Password', required='true') }}
  <button type="submit">Log In</button>
</form>

{# If social login is enabled, display social login buttons. #}
{% if config['STORMPATH_ENABLE_FACEBOOK'] or config['STORMPATH_ENABLE_GOOGLE'] %}
  <p>Or, log in using a social provider.</p>
  {% if config['STORMPATH_ENABLE_FACEBOOK'] %}
{% include "flask_stormpath/facebook_login_form.html" %}
{% endif %}
{% if config['STORMPATH_ENABLE_GOOGLE'] %}
    {% include "flask_stormpath/google_login_form.html" %}
{% endif %}
{% endif %}
"""
